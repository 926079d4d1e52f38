import { budgetSchema } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Blueprint,
  type Budget,
  checkOptions,
  type Dataset,
  EspalierError,
  instance,
  type OptionFields,
  type TrainedNetwork,
  withMethods,
} from "@espalier/core";
import { nearest, pluginsSchema } from "@espalier/core/run";
import { z } from "zod";
import { cellsOf, variantOf } from "./axes/cells.ts";
import { checkClashes } from "./axes/clashes.ts";
import {
  type Axes,
  type Cell,
  cellName,
  type CellOf,
  type EngineChoice,
  type StudyCells,
  type StudyPipeline,
  type Variant,
} from "./axes/contract.ts";
import { engineSchema } from "./axes/engine_schema.ts";
import { type PlanOptions, planStudy, type StudyPlan } from "./plan/plan.ts";
import { runStudy, type StudyRun, type StudyRunOptions } from "./run/run_study.ts";

/**
 * What {@linkcode createStudy} takes. Network, data and budgets may be left to an axis.
 *
 * @typeParam A The axes.
 */
export interface StudyConfig<A extends Axes> {
  /** The unpruned network. */
  readonly network?: Blueprint | TrainedNetwork;
  /** What it is trained and measured on. */
  readonly data?: Dataset;
  /** Where the cost must end; several are an axis of the name `budget`. */
  readonly budgets?: readonly Budget[];
  /** The plugins that the axes change. */
  readonly base: readonly AnyPlugin[];
  /** Seeds of the runs of each cell. */
  readonly seeds: readonly number[];
  /** What is varied: a study has a cell for every choice of a value of each axis. */
  readonly axes: A;
  /** Values of some axes: each cell is compared with the one that has these and else its own. */
  readonly baseline?: Partial<CellOf<A>>;
  /**
   * Whether a cell is part of the study.
   *
   * @default all are
   */
  readonly filter?: (cell: CellOf<A>) => boolean;
  /**
   * The phases.
   *
   * @default those of a pruner
   */
  readonly pipeline?: StudyPipeline;
  /**
   * What computes.
   *
   * @default what the program has chosen
   */
  readonly engine?: EngineChoice;
}

/**
 * A checked study: cells, each a pruning, and seeds.
 *
 * @typeParam C Its cells.
 */
export interface Study<C extends Cell = Cell> extends StudyCells<C> {
  /**
   * What a run would do, without any work: its phases, which of them are there, and how long the
   * others take, by those that were measured.
   *
   * @throws {EspalierError} ERR_STUDY_AXES for an unknown option; what creating the pruner of a cell
   * throws, with the name of the cell.
   */
  plan(options?: PlanOptions): Promise<StudyPlan<C>>;
  /**
   * Start the study, or go on with it. What its folder or store has is not computed again.
   *
   * @throws {EspalierError} ERR_CONFIG_INVALID or ERR_PATH_INVALID. Later errors reject the run's
   * `result`: ERR_RUN_BUSY where another process has the folder, ERR_STUDY_WORKER, what `plan` throws,
   * or the signal's reason. What fails in one cell is told in the table.
   */
  run(options?: StudyRunOptions): StudyRun<C>;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const configSchema = z.strictObject(
  {
    network: instance("blueprint or trained network", isObject).optional(),
    data: instance("dataset", isObject).optional(),
    budgets: z.array(budgetSchema).min(1).optional(),
    base: pluginsSchema,
    seeds: z.array(z.int().min(0)).min(1)
      .refine((seeds) => new Set(seeds).size === seeds.length, "every seed once"),
    axes: z.record(
      z.string(),
      z.record(
        z.string(),
        instance(
          "plugin, list of plugins, function or parts",
          (value) => isObject(value) || typeof value === "function",
        ),
      ).refine((values) => Object.keys(values).length > 0, "at least one value"),
    ),
    baseline: z.record(z.string(), z.string()).optional(),
    filter: instance("function", (value) => typeof value === "function").optional(),
    pipeline: withMethods<StudyPipeline>("pipeline", "phase").optional(),
    engine: engineSchema.optional(),
  } satisfies OptionFields<StudyConfig<Axes>>,
);

function refuse(state: string, advice: string): EspalierError {
  return new EspalierError("ERR_STUDY_AXES", `Cannot create a study as ${state}. ${advice}`);
}

const PARTS = ["network", "data", "budget", "base", "pipeline", "engine", "plugins"];

/** Refuse parts of unknown names: `{ netwrk }` would change nothing. */
function checkParts(axes: Axes): void {
  for (const [axis, values] of Object.entries(axes)) {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "function" || Array.isArray(value) || "setup" in value) continue;
      const stray = Object.keys(value).find((key) => !PARTS.includes(key));
      if (stray === undefined && Object.keys(value).length > 0) continue;
      throw refuse(
        `value "${name}" of axis "${axis}" has ${stray === undefined ? "no parts" : `"${stray}"`}`,
        `It is a plugin, a list of plugins, a function, or parts: ${PARTS.join(", ")}.`,
      );
    }
  }
}

/** Several budgets are an axis; one is common to all cells. */
function withBudgets({ axes, budgets = [] }: StudyConfig<Axes>): Axes {
  if (budgets.length < 2) return axes;
  if ("budget" in axes) {
    throw refuse(`there are several budgets and an axis "budget"`, "Leave one of them out.");
  }
  const named = budgets.map((budget) => [budgetName(budget), { budget }] as const);
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) < i);
  if (twice === undefined) return { ...axes, budget: Object.fromEntries(named) };
  throw refuse(`two budgets are "${twice[0]}"`, "Make an axis of them, with names.");
}

/** `macs 50%`. */
function budgetName({ cost, target }: Budget): string {
  const amount = typeof target === "number" && target <= 1
    ? `${Number((100 * target).toFixed(3))}%`
    : target;
  return `${cost} ${amount}`;
}

/** Refuse a baseline of unknown axes or values. */
function checkBaseline(baseline: Cell, axes: Axes): void {
  for (const [axis, value] of Object.entries(baseline)) {
    const known = axis in axes ? Object.keys(axes[axis]!) : Object.keys(axes);
    const found = axis in axes ? value : axis;
    if (axis in axes && known.includes(value)) continue;
    const meant = nearest(found, known);
    throw refuse(
      `the baseline names ${axis in axes ? `a value of axis "${axis}"` : "an axis"} that is not ` +
        `there: "${found}"`,
      meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
    );
  }
}

/** Refuse phases that measure nothing. */
function checkReport(variant: Variant): Variant {
  const { cell, pipeline, plugins } = variant;
  const phases = plugins.flatMap(({ phases }) => phases.map(({ phase }) => phase))
    .concat(pipeline?.phases ?? []);
  if (pipeline === undefined || phases.some(({ makes }) => makes?.includes("report"))) {
    return variant;
  }
  throw refuse(
    `cell "${cellName(cell)}" has no phase that makes a report`,
    `Add phases.evaluate() to the pipeline, or a phase with makes: ["report"].`,
  );
}

/** All parts of a cell; one that is missing is refused. */
function checkVariant(variant: ReturnType<typeof variantOf>): Variant {
  const missing = (["network", "data", "budget"] as const).find((part) =>
    variant[part] === undefined
  );
  if (missing === undefined) return checkReport(variant as Variant);
  throw refuse(
    `cell "${cellName(variant.cell!)}" has no ${missing}`,
    `Give the study ${missing === "budget" ? "budgets" : `a ${missing}`}, or an axis of them.`,
  );
}

/**
 * Create a study: prunings that differ in one part or several, each with every seed, compared at equal
 * cost. It is a value; nothing is computed.
 *
 * An axis of plugins takes the place of whatever provides the same services; if all of its values are
 * one plugin with other options, of that plugin only.
 *
 * @example Two strategies with and without distillation
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kd, randomSearch, tas, uniform } from "@espalier/espalier";
 * import { createStudy } from "@espalier/studies";
 * import { toyData, toyNetwork } from "@espalier/testing";
 *
 * const study = createStudy({
 *   network: toyNetwork(),
 *   data: toyData(),
 *   budgets: [{ cost: "macs", target: 0.6, tolerance: 0.2 }],
 *   base: tas({ recipe: "quick" }),
 *   seeds: [1, 2, 3],
 *   axes: {
 *     strategy: { uniform: uniform(), random: randomSearch() },
 *     transfer: { none: [], kd: [kd()] },
 *   },
 *   baseline: { strategy: "uniform" },
 * });
 * assertEquals(study.cells.length, 4);
 * assertEquals(study.cells[1], { strategy: "uniform", transfer: "kd" });
 * ```
 *
 * @typeParam A The axes; they type the names of cells.
 * @param config What is common to all cells, and what is varied.
 * @returns The study.
 * @throws {EspalierError} ERR_CONFIG_INVALID; ERR_STUDY_AXES for axes that clash, with both names, an
 * unknown part, value or axis, or a part that no axis gives; ERR_PLUGIN_SWAP.
 */
export function createStudy<const A extends Axes>(config: StudyConfig<A>): Study<CellOf<A>> {
  checkOptions(configSchema, config, { subject: "a study" });
  const { base, seeds, baseline = {}, filter = () => true, budgets, ...rest } = config;
  checkParts(config.axes);
  const axes = withBudgets(config as StudyConfig<Axes>);
  checkClashes(axes, base);
  checkBaseline(baseline as Cell, axes);
  const common = {
    base,
    budget: budgets?.[0],
    ...rest.network && { network: rest.network },
    ...rest.data && { data: rest.data },
    ...rest.pipeline && { pipeline: rest.pipeline },
    ...rest.engine && { engine: rest.engine },
  };
  const cells = (cellsOf(axes) as readonly CellOf<A>[]).filter(filter);
  if (cells.length === 0) throw refuse("the filter leaves no cell", "Let it return true for some.");
  const variants = new Map(
    cells.map((cell) => [cellName(cell), checkVariant(variantOf(cell, axes, common))]),
  );
  const study: Study<CellOf<A>> = {
    cells,
    seeds: [...seeds],
    baseline: baseline as Cell,
    variant: (cell) => variants.get(cellName(cell))!,
    plan: (options = {}) => planStudy(study, options),
    run: (options = {}) => runStudy(study, options),
  };
  return study;
}
