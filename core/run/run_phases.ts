import { executePhases } from "../pipeline/execute.ts";
import { type KeySource, tokensOf } from "../pipeline/key.ts";
import type { AnyPhase } from "../pipeline/pipeline.ts";
import { installAll } from "../plugin/install.ts";
import { type Resolver, Scope } from "../plugin/scope.ts";
import type { ManyToken } from "../plugin/token.ts";
import type { Random } from "../random/random.ts";
import type { ArtifactStore } from "../store/artifact_store.ts";
import { folderStore } from "../store/folder_store.ts";
import { memoryStore } from "../store/memory_store.ts";
import type { RunBodyContext } from "./run.ts";
import { configurationOf, openRunFolder, writeResult } from "./run_folder.ts";

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
  /** Whether to compute again what the store holds. */
  readonly fresh?: boolean;
  /** Name of the engine and its threads, known once the run has started. */
  readonly engine: () => Promise<string>;
  /** Turns what the phases made into the run's result. */
  readonly finish: (have: object) => Promise<object>;
}

/** Beside the run's folder, so that runs share what they make; in memory without a folder. */
async function defaultStore(directory: string | undefined): Promise<ArtifactStore> {
  if (directory === undefined) return memoryStore();
  const { join } = await import("node:path");
  return folderStore(join(directory, "..", "artifacts"));
}

/** Build all services of the phases, so that a plugin that cannot work fails before any work. */
function buildServices(phases: readonly AnyPhase[], services: Resolver): void {
  for (const token of phases.flatMap(tokensOf)) {
    if (token.many) services.getAll(token as ManyToken<unknown>);
    else if (services.has(token)) services.get(token);
  }
}

/** `PhaseContext.keep`: writes into the run's folder. */
function keeper(directory: string | undefined) {
  return async (name: string, value: object): Promise<string | undefined> => {
    if (directory === undefined) return undefined;
    const path = `${directory}/kept`;
    await folderStore(path).write(name, value, { replace: true });
    return `${path}/${name}.artifact`;
  };
}

/** The body of a run: check what can be checked, then run the phases. */
export async function runPhases<R>(plan: RunPlan, context: RunBodyContext): Promise<R> {
  const { phases, plugins, directory, fresh = false } = plan;
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
  signal.throwIfAborted();
  const source = { ...plan, engine };
  if (directory !== undefined) {
    context.record(await openRunFolder(directory, await configurationOf(source, phases)));
  }
  const store = plan.store ?? await defaultStore(directory);
  await store.prepare?.();
  await using services = Scope.root();
  context.blame(() => services.busy);
  installAll(plugins, services, emit);
  buildServices(phases, services);
  const done = await executePhases(phases, {
    ...source,
    services,
    signal,
    store,
    fresh,
    emit,
    keep: keeper(directory),
  });
  const result = await plan.finish(Object.assign({}, ...done.map(({ made }) => made)));
  if (directory !== undefined) await writeResult(directory, { runId, phases: done });
  return result as R;
}
