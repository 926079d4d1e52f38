import { budgetSchema, validateBlueprint } from "@espalier/blueprint";
import {
  type AnyPhase,
  type AnyPlugin,
  type ArtifactStore,
  type Blueprint,
  type Budget,
  type BudgetZone,
  checkOptions,
  type CoreEvent,
  CostModelToken,
  createRandom,
  type Dataset,
  type Decision,
  EspalierError,
  type EventsOf,
  instance,
  type MakesOf,
  ModelFormatToken,
  NetworkCostModelToken,
  openServices,
  type OptionFields,
  type Pipeline,
  type PluginEvent,
  type Run,
  SearchSpaceToken,
  type TrainedNetwork,
  withMethods,
} from "@espalier/core";
import {
  checkFolder,
  type CheckpointInterval,
  deepFreeze,
  placePhases,
  type PlannedRun,
  planRun,
  pluginsSchema,
  type RunBodyContext,
  runPhases,
  type RunPlan,
  startRun,
} from "@espalier/core/run";
import { checkWeights, currentEngine } from "@espalier/supernet";
import { checkLabelSources, objectiveOf, validateDataset } from "@espalier/training";
import * as z from "zod";
import { checkFit } from "./check_fit.ts";
import { checkGiven } from "./check_given.ts";
import { checkFormats } from "./check_formats.ts";
import { checkNeeds, checkPhases } from "./check_services.ts";
import { checkTaps } from "./check_taps.ts";
import { type DefaultHave, defaultPipeline } from "./default_pipeline.ts";
import { neededBytes } from "./needed_bytes.ts";
import { resolveSearch } from "./resolve_search.ts";
import { type RunResult, withModel } from "./saved_model.ts";

/**
 * What {@linkcode createPruner} takes.
 *
 * @typeParam P The list of plugins.
 * @typeParam Have What the pipeline makes.
 * @typeParam E Events of its phases.
 */
export interface PrunerConfig<
  P extends readonly AnyPlugin[],
  Have extends object,
  E extends PluginEvent = never,
> {
  /**
   * The unpruned network. If it is trained already, as what `importModel` gives, its weights take the
   * place of `pretrain`, and images enter it as they are, bytes as 0..1, unless the data says how they are
   * normalised.
   */
  readonly network: Blueprint | TrainedNetwork;
  /** What it is trained and measured on. */
  readonly data: Dataset;
  /** Where the cost of the pruned network must end. */
  readonly budget: Budget;
  /** The parts of the method. */
  readonly plugins: P;
  /**
   * The phases.
   *
   * @default pretrain (given, for a trained network), search, derive, trainControl, train, evaluate
   */
  readonly pipeline?: Pipeline<Have, E>;
}

/** Settings of one run. */
export interface RunOptions {
  /**
   * Seed of everything random, an integer of 0..2^53-1.
   *
   * @default {0}
   */
  readonly seed?: number;
  /** Folder of the run: configuration, journal, result, saved model. Absent: nothing is written. */
  readonly directory?: string;
  /** Holds what phases made. Default: the folder `artifacts` beside `directory`, else memory. */
  readonly store?: ArtifactStore;
  /** Stops the run after the current step. */
  readonly signal?: AbortSignal;
  /**
   * Whether to wait, with an event `run:wait`, while another run has the directory; otherwise that
   * is refused by ERR_RUN_BUSY, which names its process.
   *
   * @default {false}
   */
  readonly wait?: boolean;
  /**
   * How long a stopped run waits for a phase or plugin that does not end, in milliseconds. Then
   * `result` rejects, and `run:abort` says in `heldUpBy` who went on.
   *
   * @default {5000}
   */
  readonly graceMs?: number;
  /**
   * Whether to compute again what the store holds.
   *
   * @default {false}
   */
  readonly fresh?: boolean;
  /**
   * How often unfinished work is saved beside what phases made, so that a run that died goes on in the
   * middle of a phase; after epochs it is saved as long as that takes at most a hundredth of the time.
   * False: never.
   *
   * @default {{ minutes: 5 }}
   */
  readonly checkpoint?: CheckpointInterval;
  /**
   * Phases whose artifacts stay in the store once the run has ended, as in `["train", "evaluate"]`.
   * The saved model stays anyway. What is not kept is computed again where it is needed, as by this run
   * when it is started again.
   *
   * @default all
   */
  readonly keep?: readonly string[];
}

/**
 * A checked configuration that can start runs.
 *
 * @typeParam E Events of its runs.
 * @typeParam R What they make.
 */
export interface Pruner<E, R> extends AsyncDisposable {
  /** Decisions of all installed search spaces. */
  readonly decisions: readonly Decision[];
  /** The zone in which the pruned network's cost will lie. */
  readonly budget: BudgetZone;
  /**
   * Start a run. Its work begins one macrotask later, so that no event is missed.
   *
   * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value, ERR_PATH_INVALID
   * for a directory that is none. Later errors reject the run's `result`: ERR_RUN_BUSY,
   * ERR_RUN_OTHER, ERR_RUN_REMOVED; ERR_PERMISSION, ERR_DISK_FULL, ERR_PATH_INVALID or
   * ERR_FILE_FAILED of a file; ERR_ARTIFACT_CORRUPT, what a phase or plugin threw, or the signal's
   * reason.
   */
  run(options?: RunOptions): Run<E, R>;
  /**
   * What a run of a seed would do on the engine in use, without any work: the content keys under which
   * a store has, or will have, what its phases make.
   *
   * @throws {EspalierError} ERR_CONFIG_INVALID for what is no seed; the promise rejects with what
   * reading the data throws.
   */
  plan(options?: Pick<RunOptions, "seed">): Promise<PlannedRun>;
}

/** Images that enter a network as they are, unless their dataset says how. */
function asItIs(dataset: Dataset): Dataset {
  const each = (value: number) => new Array<number>(dataset.shape[2]).fill(value);
  const { normalization = { mean: each(0), deviation: each(1) } } = dataset;
  return { ...dataset, normalization };
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const isPromise = (value: unknown): boolean => typeof Object(value).then === "function";

const configSchema = z.strictObject(
  {
    network: instance<Blueprint | TrainedNetwork>("blueprint or trained network", isObject),
    data: instance<Dataset>(
      "dataset",
      (value) => isObject(value) && !isPromise(value),
      (value) => isPromise(value) ? "await it" : "expected dataset",
    ),
    budget: budgetSchema,
    plugins: pluginsSchema,
    pipeline: withMethods<Pipeline<object>>("pipeline", "phase").optional(),
  } satisfies OptionFields<PrunerConfig<readonly AnyPlugin[], object>>,
);

/** Refuse to keep what no phase makes. */
function checkKept(keep: readonly string[], phases: readonly AnyPhase[]): void {
  const names = phases.map(({ name }) => name);
  const stray = keep.find((name) => !names.includes(name));
  if (stray === undefined) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot keep what phase "${stray}" makes as there is none of that name. ` +
      `Phases: ${names.join(", ")}.`,
  );
}

/** The longest that a timer waits. */
const LONGEST_MS = 2 ** 31 - 1;

const runSchema = z.strictObject(
  {
    seed: z.int().min(0).optional(),
    directory: z.string().optional(),
    store: withMethods<ArtifactStore>("artifact store", "read", "has", "write", "remove")
      .optional(),
    signal: instance<AbortSignal>(
      "AbortSignal",
      (value) => Object.prototype.toString.call(value) === "[object AbortSignal]",
    ).optional(),
    wait: z.boolean().optional(),
    graceMs: z.number().min(0).max(LONGEST_MS).optional(),
    fresh: z.boolean().optional(),
    keep: z.array(z.string()).optional(),
    checkpoint: z.union([
      z.literal(false),
      z.strictObject({
        minutes: z.number().positive().optional(),
        steps: z.int().min(1).optional(),
      }),
    ]).optional(),
  } satisfies OptionFields<RunOptions>,
);

/**
 * Configure a pruning: a network, data, a budget, and the plugins that make up the method. All of it
 * is checked here, before any work.
 *
 * @example Prune a toy network with TAS
 * ```ts
 * import { assert } from "@std/assert";
 * import { createPruner, ofType, tas } from "@espalier/espalier";
 * import { toyData, toyNetwork } from "@espalier/testing";
 *
 * const pruner = createPruner({
 *   network: toyNetwork(),
 *   data: toyData(),
 *   budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
 *   plugins: tas({ epochs: { pretrain: 1, search: 1, train: 1 } }),
 * });
 * const run = pruner.run({ seed: 1 });
 * const losses: (number | undefined)[] = [];
 * run.events$.pipe(ofType("search:epoch")).subscribe(({ loss }) => losses.push(loss));
 * const { report: { rows: [unpruned, pruned] } } = await run.result;
 * assert(pruned!.costs.macs! < unpruned!.costs.macs!);
 * ```
 *
 * @typeParam P The list of plugins; it types the events.
 * @typeParam Have What the pipeline makes; it types the result.
 * @typeParam E Events of its phases.
 * @param config Network, data, budget, plugins and pipeline.
 * @returns The pruner. Disposing it disposes the services that the checks needed.
 * @throws {EspalierError} ERR_CONFIG_INVALID, ERR_BLUEPRINT_INVALID, ERR_DATA_INVALID,
 * ERR_DATA_MISMATCH, ERR_PLUGIN_DUPLICATE, ERR_PLUGIN_REQUIRES, ERR_PLUGIN_UNDECLARED,
 * ERR_SERVICE_DUPLICATE, ERR_SERVICE_MISSING, ERR_SPACE_CONFLICT, ERR_BUDGET_UNREACHABLE,
 * ERR_BUDGET_ZONE_EMPTY, ERR_EXPORT_UNSUPPORTED, ERR_PLUGIN_OPTIONS; an error of a plugin names it.
 */
export function createPruner<
  const P extends readonly AnyPlugin[],
  Have extends object = DefaultHave,
  E extends PluginEvent = never,
>(
  config: PrunerConfig<P, Have, E>,
): Pruner<CoreEvent | EventsOf<P> | E, RunResult<Have & MakesOf<P>>> {
  checkOptions(configSchema, config, { subject: "a pruner" });
  const { budget } = config;
  const trained = "blueprint" in config.network ? config.network : undefined;
  const blueprint = trained?.blueprint ?? config.network as Blueprint;
  validateBlueprint(blueprint);
  const network = deepFreeze(structuredClone(blueprint));
  if (trained !== undefined) checkWeights({ ...trained, blueprint: network });
  const plugins = Object.freeze([...config.plugins]);
  const pipeline = config.pipeline ?? defaultPipeline(trained);
  if (trained !== undefined) checkGiven(network, pipeline.phases);
  const phases = placePhases(pipeline.phases, plugins);
  validateDataset(config.data);
  const data = trained === undefined ? config.data : asItIs(config.data);
  const scope = openServices(plugins);
  checkFit(network, data, objectiveOf(scope));
  checkPhases(phases, scope);
  checkNeeds(phases, scope);
  checkFormats(scope.getAll(ModelFormatToken), network);
  const { decisions, zone } = deepFreeze(resolveSearch(scope, { network, budget }));
  checkTaps(phases, scope, { network, decisions });
  const source = { blueprint: network, dataset: data, budget: zone, decisions, plugins, phases };
  const planOf = (options: RunOptions): RunPlan => {
    const { seed = 0 } = options;
    return {
      ...source,
      ...options,
      seed,
      random: createRandom(seed),
      resolved: [CostModelToken, NetworkCostModelToken, SearchSpaceToken, ModelFormatToken],
      engine: currentEngine,
      neededBytes: neededBytes(network, phases.length),
      check: () => checkLabelSources(data),
      finish: (have, services) =>
        withModel(have, {
          directory: options.directory,
          formats: services.getAll(ModelFormatToken),
        }),
    };
  };
  return {
    decisions,
    budget: zone,
    run: (options = {}) => {
      checkOptions(runSchema, options, { subject: "a run" });
      if (options.directory !== undefined) checkFolder(options.directory);
      checkKept(options.keep ?? [], phases);
      const plan = planOf(options);
      const work = (context: RunBodyContext) =>
        runPhases<RunResult<Have & MakesOf<P>>>(plan, context);
      const { signal = new AbortController().signal, graceMs } = options;
      return startRun(work, { signal, graceMs });
    },
    plan: (options = {}) => {
      checkOptions(runSchema.pick({ seed: true }), options, { subject: "the plan of a run" });
      return planRun(planOf(options));
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}
