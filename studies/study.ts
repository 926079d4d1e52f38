import { budgetSchema } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Blueprint,
  type Budget,
  checkOptions,
  type Dataset,
  instance,
  type OptionFields,
  type TrainedNetwork,
  withMethods,
} from "@espalier/core";
import { pluginsSchema } from "@espalier/core/run";
import * as z from "zod";
import { cellsOf, variantOf } from "./axes/cells.ts";
import { checkBaseline, checkParts, checkVariant, refuse, withBudgets } from "./axes/checks.ts";
import { checkClashes } from "./axes/clashes.ts";
import {
  type Axes,
  type Cell,
  cellName,
  type CellOf,
  type EngineChoice,
  type StudyCells,
  type StudyPipeline,
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
  const axes = withBudgets(config.axes, budgets);
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
