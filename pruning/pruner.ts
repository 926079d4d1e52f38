import { validateBlueprint } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type ArtifactStore,
  type Blueprint,
  type Budget,
  type BudgetZone,
  type CoreEvent,
  createRandom,
  type Dataset,
  type Decision,
  EspalierError,
  type EventsOf,
  openServices,
  type Pipeline,
  type Run,
} from "@espalier/core";
import { deepFreeze, runPhases, type RunPlan, startRun } from "@espalier/core/run";
import { currentEngine } from "@espalier/supernet";
import { validateDataset } from "@espalier/training";
import { checkFit } from "./check_fit.ts";
import { checkNames } from "./check_names.ts";
import { checkNeeds, checkPhases } from "./check_services.ts";
import { type DefaultHave, defaultPipeline } from "./default_pipeline.ts";
import { resolveSearch } from "./resolve_search.ts";
import { type RunResult, withModel } from "./saved_model.ts";

/**
 * What {@linkcode createPruner} takes.
 *
 * @typeParam P The list of plugins.
 * @typeParam Have What the pipeline makes.
 */
export interface PrunerConfig<P extends readonly AnyPlugin[], Have extends object> {
  /** The unpruned network. */
  readonly network: Blueprint;
  /** What it is trained and measured on. */
  readonly data: Dataset;
  /** Where the cost of the pruned network must end. */
  readonly budget: Budget;
  /** The parts of the method. */
  readonly plugins: P;
  /**
   * The phases.
   *
   * @default pretrain, search, derive, trainControl, train, evaluate
   */
  readonly pipeline?: Pipeline<Have>;
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
   * @throws {EspalierError} ERR_CONFIG_INVALID for a name or seed that is not valid. Later errors
   * reject the run's `result`: ERR_RUN_OTHER, ERR_PERMISSION, ERR_ARTIFACT_CORRUPT, what a
   * phase or plugin threw, or the signal's reason.
   */
  run(options?: RunOptions): Run<E, R>;
}

/** The longest that a timer waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

function checkGrace(graceMs: unknown = 0): void {
  if (typeof graceMs === "number" && graceMs >= 0 && graceMs <= LONGEST) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot configure a run as "graceMs" must be milliseconds from 0 to ${LONGEST}: ${graceMs}. ` +
      "Leave it out for five seconds.",
  );
}

const CONFIG_NAMES = ["network", "data", "budget", "plugins", "pipeline"];
const RUN_NAMES = ["seed", "directory", "store", "signal", "graceMs", "fresh"];

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
 * @param config Network, data, budget, plugins and pipeline.
 * @returns The pruner. Disposing it disposes the services that the checks needed.
 * @throws {EspalierError} ERR_CONFIG_INVALID, ERR_BLUEPRINT_INVALID, ERR_DATA_INVALID,
 * ERR_DATA_MISMATCH, ERR_PLUGIN_DUPLICATE, ERR_PLUGIN_REQUIRES, ERR_PLUGIN_UNDECLARED,
 * ERR_SERVICE_DUPLICATE, ERR_SERVICE_MISSING, ERR_SPACE_CONFLICT, ERR_BUDGET_UNREACHABLE; an error
 * of a plugin names it.
 */
export function createPruner<
  const P extends readonly AnyPlugin[],
  Have extends object = DefaultHave,
>(config: PrunerConfig<P, Have>): Pruner<CoreEvent | EventsOf<P>, RunResult<Have>> {
  checkNames(config, { subject: "a pruner", names: CONFIG_NAMES });
  const network = deepFreeze(structuredClone(config.network));
  const { data, budget } = config;
  const plugins = Object.freeze([...config.plugins]);
  const { phases } = config.pipeline ?? defaultPipeline();
  validateBlueprint(network);
  validateDataset(data);
  checkFit(network, data);
  const scope = openServices(plugins);
  checkPhases(phases, scope);
  checkNeeds(phases, scope);
  const { decisions, zone } = resolveSearch(scope, { network, budget });
  const source = { blueprint: network, dataset: data, budget: zone, decisions, plugins, phases };
  return {
    decisions,
    budget: zone,
    run: (options = {}) => {
      checkNames(options, { subject: "a run", names: RUN_NAMES });
      const { seed = 0, signal = new AbortController().signal, graceMs } = options;
      checkGrace(graceMs);
      const plan: RunPlan = {
        ...source,
        ...options,
        seed,
        random: createRandom(seed),
        engine: currentEngine,
        finish: (have) => withModel(have, options.directory),
      };
      return startRun((context) => runPhases<RunResult<Have>>(plan, context), { signal, graceMs });
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}
