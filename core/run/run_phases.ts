import { nodeModule } from "../files/node_module.ts";
import { identified } from "../data_identity.ts";
import type { CheckpointInterval } from "../pipeline/checkpoint.ts";
import { executePhases } from "../pipeline/execute.ts";
import { type PlannedPhase, planPhases } from "../pipeline/plan_phases.ts";
import { prepareFolder } from "../files/folder.ts";
import { type KeySource, reachableTokens, unusedPlugins } from "../pipeline/key.ts";
import type { AnyPhase } from "../pipeline/phase.ts";
import { installAll } from "../plugin/install.ts";
import { type Resolver, Scope } from "../plugin/scope.ts";
import type { ManyToken, Token } from "../plugin/token.ts";
import type { Random } from "../random/random.ts";
import type { ArtifactStore } from "../store/artifact_store.ts";
import { folderStore } from "../store/folder_store.ts";
import { memoryStore } from "../store/memory_store.ts";
import type { RunBodyContext } from "./run.ts";
import type { FileJournal } from "./journal.ts";
import { configurationOf, digestOf, openRunFolder, writeResult } from "./run_folder.ts";

/** A run to be executed. */
export interface RunPlan extends Omit<KeySource, "engine"> {
  /** The phases, in order. */
  readonly phases: readonly AnyPhase[];
  /** Source of randomness, made from `seed`. */
  readonly random: Random;
  /** Folder of the run. */
  readonly directory?: string;
  /** Holds what phases made. */
  readonly store?: ArtifactStore;
  /** Whether to wait while another run has the folder. */
  readonly wait?: boolean;
  /** Whether to compute again what the store holds. */
  readonly fresh?: boolean;
  /** How often unfinished work is saved. */
  readonly checkpoint?: CheckpointInterval;
  /** Phases whose artifacts stay in the store; absent: all. */
  readonly keep?: readonly string[];
  /** Name of the engine and its threads, known once the run has started. */
  readonly engine: () => Promise<string>;
  /** Bytes that its store may come to hold, at most about. */
  readonly neededBytes?: number;
  /** Tokens that are resolved beside the phases. */
  readonly resolved: readonly Token<unknown>[];
  /** Refuses what can be seen before any phase works. */
  readonly check?: () => Promise<void>;
  /** Turns what the phases made into the run's result. */
  readonly finish: (have: object, services: Resolver) => Promise<object>;
}

/** Beside the run's folder, so that runs share what they make; in memory without a folder. */
async function defaultStore(directory: string | undefined): Promise<ArtifactStore> {
  if (directory === undefined) return memoryStore();
  const { join } = await nodeModule<typeof import("node:path")>("path");
  return folderStore(join(directory, "..", "artifacts"));
}

/** Build all services of the phases, so that a plugin that cannot work fails before any work. */
function buildServices({ phases, plugins }: RunPlan, services: Resolver): void {
  for (const token of phases.flatMap((phase) => reachableTokens(phase, plugins))) {
    if (token.many) services.getAll(token as ManyToken<unknown>);
    else if (services.has(token)) services.get(token);
  }
}

/** `PhaseContext.keep`: writes into the run's folder. */
function keeper(directory: string | undefined) {
  return async (name: string, value: object): Promise<string | undefined> => {
    if (directory === undefined) return undefined;
    const path = `${directory}/kept`;
    await prepareFolder(path);
    await folderStore(path).write(name, value, { replace: true });
    return `${path}/${name}.artifact`;
  };
}

/** What is finished is kept on a full disk, and the estimate is high: no reason to refuse the run. */
async function warnOfDisk(
  store: ArtifactStore,
  { neededBytes = 0 }: RunPlan,
  emit: RunBodyContext["emit"],
): Promise<void> {
  const freeBytes = await store.free?.();
  if (freeBytes === undefined || freeBytes >= neededBytes) return;
  emit({ type: "run:disk", neededBytes, freeBytes });
}

/** What a run would do. */
export interface PlannedRun {
  /** What computes, with its threads and ranks. */
  readonly engine: string;
  /** The phases, in order. */
  readonly phases: readonly PlannedPhase[];
  /** Digest of the run's configuration: runs of one digest may have one folder. */
  readonly digest: string;
}

/** What a run of the plan would do on the engine in use. */
export async function planRun(plan: RunPlan): Promise<PlannedRun> {
  const engine = await plan.engine();
  const source = { ...plan, engine, dataset: await identified(plan.dataset) };
  const digest = await digestOf(await configurationOf(source, plan.phases));
  return { engine, phases: await planPhases(plan.phases, source), digest };
}

/** The body of a run: check what can be checked, then run the phases. */
export async function runPhases<R>(plan: RunPlan, context: RunBodyContext): Promise<R> {
  const { phases, plugins, directory, fresh = false, wait = false } = plan;
  const { runId, signal, emit } = context;
  const engine = await plan.engine();
  emit({
    type: "run:start",
    seed: plan.seed,
    engine,
    network: plan.blueprint.name,
    phases: phases.map(({ name }) => name),
    time: new Date().toISOString(),
  });
  const unused = unusedPlugins(plan, plan.resolved);
  if (unused.length > 0) emit({ type: "run:unused", plugins: unused });
  signal.throwIfAborted();
  const source = { ...plan, engine, dataset: await identified(plan.dataset) };
  let journal: FileJournal | undefined;
  if (directory !== undefined) {
    const onWait = (owner: string) => emit({ type: "run:wait", owner });
    journal = await openRunFolder(directory, await configurationOf(source, phases), {
      signal,
      ...wait && { onWait },
    });
    context.record(journal);
  }
  const store = plan.store ?? await defaultStore(directory);
  await store.prepare?.();
  await warnOfDisk(store, plan, emit);
  await using services = Scope.root();
  context.blame(() => services.busy);
  installAll(plugins, services, emit);
  buildServices(plan, services);
  await plan.check?.();
  for (const phase of phases) await phase.check?.(plan);
  const done = await executePhases(phases, {
    ...source,
    services,
    signal,
    store,
    fresh,
    interval: plan.checkpoint ?? {},
    stopped: journal?.stopped,
    emit,
    keep: keeper(directory),
  });
  journal?.sync(); // What follows would make the folder anew if it is gone.
  const have = Object.assign({}, ...done.map(({ made }) => made));
  const result = await plan.finish(have, services);
  if (directory !== undefined) await writeResult(directory, { runId, phases: done });
  for (const { name, key } of done) {
    if (plan.keep?.includes(name) === false) await store.remove(key);
  }
  return result as R;
}
