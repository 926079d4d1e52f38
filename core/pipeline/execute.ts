import { type Checkpoint, NO_CHECKPOINT } from "../contracts/checkpoint.ts";
import { EspalierError, reasonsOf } from "../errors.ts";
import { EVENT_ADVICE, eventFlaw, PHASE_EVENTS } from "../event_flaw.ts";
import { restrict } from "../plugin/install.ts";
import type { Resolver } from "../plugin/scope.ts";
import type { Random } from "../random/random.ts";
import { sha256 } from "../sha256.ts";
import type { ArtifactStore } from "../store/artifact_store.ts";
import { checkArtifact, decodeArtifact, encodeArtifact } from "../store/encode.ts";
import { type CheckpointInterval, clearCheckpoints, PhaseCheckpoint } from "./checkpoint.ts";
import { keyOf, type KeySource, reachableTokens } from "./key.ts";
import type { PhaseContext } from "./phase.ts";
import type { AnyPhase } from "./phase.ts";

/** What phases are executed with. */
export interface Execution extends KeySource {
  /** Services of the run. */
  readonly services: Resolver;
  /** Source of randomness. */
  readonly random: Random;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** Holds what phases made. */
  readonly store: ArtifactStore;
  /** Whether to compute again what the store holds. */
  readonly fresh: boolean;
  /** How often unfinished work is saved. */
  readonly interval: CheckpointInterval;
  /** When an earlier process of the run wrote last, in milliseconds since 1970, if one did. */
  readonly stopped: number | undefined;
  /** Publish an event. */
  readonly emit: PhaseContext["emit"];
  /** Write into the run's folder. */
  readonly keep: PhaseContext["keep"];
}

/** A phase that is done. */
export interface DonePhase {
  /** Its name. */
  readonly name: string;
  /** Key of its artifact, or the digest of what it made if it has no version. */
  readonly key: string;
  /** Whether the store had it. */
  readonly cached: boolean;
  /** What it made. */
  readonly made: object;
}

function misuse(phase: AnyPhase, state: string, advice: string): EspalierError {
  return new EspalierError(
    "ERR_PHASE_MISUSE",
    `Cannot ${state} in phase "${phase.name}" as it does not declare it. ${advice}`,
  );
}

function checkEvent({ name }: AnyPhase, event: object): void {
  const state = eventFlaw(event, { owner: name, others: PHASE_EVENTS });
  if (state === undefined) return;
  throw new EspalierError(
    "ERR_PHASE_MISUSE",
    `Cannot emit an event of phase "${name}" as ${state}. ${EVENT_ADVICE}`,
  );
}

function contextOf(
  phase: AnyPhase,
  execution: Execution,
  checkpoint: Checkpoint,
): PhaseContext {
  const { blueprint, dataset, random, signal, services, keep, plugins } = execution;
  function budgeted<K extends "budget" | "decisions">(key: K): Execution[K] {
    if (phase.usesBudget) return execution[key];
    throw misuse(phase, `read the ${key}`, `Set "usesBudget: true" in the phase.`);
  }
  return {
    phase: phase.name,
    blueprint,
    dataset,
    random,
    signal,
    emit(event) {
      checkEvent(phase, event);
      execution.emit(event);
    },
    keep,
    checkpoint,
    services: restrict(services, {
      declared: reachableTokens(phase, plugins),
      asked: phase.asks ?? [],
      refuse: ({ name }) =>
        misuse(
          phase,
          `resolve "${name}"`,
          `Add the token to the "uses" of the phase, or of the plugin that needs it.`,
        ),
    }),
    get budget() {
      return budgeted("budget");
    },
    get decisions() {
      return budgeted("decisions");
    },
  };
}

/** Put the phase's name on what it threw; the signal's reason stays as it is. */
function tagPhase(thrown: unknown, phase: string, signal: AbortSignal): unknown {
  const [error] = reasonsOf(thrown);
  if (signal.aborted && error === signal.reason) return error;
  if (error instanceof EspalierError) {
    if (error.phase !== undefined) return error;
    const { code, message, plugin } = error;
    return new EspalierError(code, message, { ...plugin && { plugin }, phase, cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EspalierError(
    "ERR_PHASE_FAILED",
    `Cannot go on as phase "${phase}" threw: ${reason}. The cause is attached.`,
    { phase, cause: error },
  );
}

/** A phase that is to work, and what earlier ones made. */
interface Task {
  readonly phase: AnyPhase;
  readonly have: object;
  readonly execution: Execution;
}

/** The work of a phase. It gets copies, so that it cannot change what earlier phases made. */
async function work(
  { phase, have, execution }: Task,
  checkpoint: Checkpoint = NO_CHECKPOINT,
): Promise<object> {
  try {
    const made = await phase.run(contextOf(phase, execution, checkpoint), structuredClone(have));
    checkArtifact(Object(made) === made ? made : undefined, `what phase "${phase.name}" made`);
    return made;
  } catch (error) {
    throw tagPhase(error, phase.name, execution.signal);
  }
}

/** The work of a phase from where it was saved last, into the store. */
async function workOn(task: Task, key: string): Promise<void> {
  const { phase: { name: phase }, execution } = task;
  const { store, stopped, emit } = execution;
  const checkpoint = await PhaseCheckpoint.open({ ...execution, phase, key });
  const { done, time } = checkpoint;
  if (time !== undefined || stopped !== undefined) {
    const known = time !== undefined && stopped !== undefined;
    emit({ type: "run:resume", phase, done, ...known && { lostMs: Math.max(0, stopped - time) } });
  }
  try {
    await store.write(key, await work(task, checkpoint));
  } finally {
    await checkpoint.settle();
  }
}

/** The result is always read back from the store, so that a cached run equals the first one. */
async function runStored(task: Task, key: string): Promise<Pick<DonePhase, "cached" | "made">> {
  const { phase: { name: phase }, execution: { store, fresh, signal, emit } } = task;
  const read = async () => await store.read(key) as object;
  if (fresh) {
    await store.write(key, await work(task), { replace: true });
    return { cached: false, made: await read() };
  }
  const there = await read();
  if (there !== undefined) {
    await clearCheckpoints(store, key); // Of a process that died before it could.
    return { cached: true, made: there };
  }
  const onWait = () => emit({ type: "phase:wait", phase });
  using _claim = await store.claim?.(key, { signal, onWait });
  const meanwhile = await read();
  if (meanwhile !== undefined) return { cached: true, made: meanwhile };
  await workOn(task, key);
  await clearCheckpoints(store, key);
  return { cached: false, made: await read() };
}

/** Without a version, the digest of the result serves as the key. */
async function runUnstored(task: Task): Promise<Pick<DonePhase, "key" | "cached" | "made">> {
  const bytes = await encodeArtifact(await work(task));
  const where = `of phase "${task.phase.name}"`;
  return {
    key: await sha256(bytes),
    cached: false,
    made: await decodeArtifact(bytes, { where }) as object,
  };
}

async function runPhase(
  phase: AnyPhase,
  done: readonly DonePhase[],
  execution: Execution,
): Promise<DonePhase> {
  const { emit } = execution;
  const start = performance.now();
  const key = phase.version === undefined
    ? undefined
    : await keyOf(phase, done.map((before) => before.key), execution);
  emit({ type: "phase:start", phase: phase.name, ...key !== undefined && { key } });
  const have = Object.assign({}, ...done.map(({ made }) => made));
  const task = { phase, have, execution };
  const outcome = key === undefined
    ? await runUnstored(task)
    : { key, ...await runStored(task, key) };
  const elapsedMs = performance.now() - start;
  emit({ type: "phase:end", phase: phase.name, cached: outcome.cached, elapsedMs });
  return { name: phase.name, ...outcome };
}

/** Run phases one after the other; nothing is computed twice under one content key. */
export async function executePhases(
  phases: readonly AnyPhase[],
  execution: Execution,
): Promise<DonePhase[]> {
  const done: DonePhase[] = [];
  for (const phase of phases) {
    execution.signal.throwIfAborted();
    // An earlier process stopped in the first phase that is not there.
    const goesOn = done.every(({ cached }) => cached);
    const stopped = goesOn ? execution.stopped : undefined;
    done.push(await runPhase(phase, done, { ...execution, stopped }));
  }
  return done;
}
