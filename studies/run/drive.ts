import {
  type CoreEvent,
  EspalierError,
  type JournalEvent,
  type SerializedError,
  serializeError,
} from "@espalier/core";
import type { PlannedCellRun } from "../plan/planned_runs.ts";
import type { StudyEvent } from "./events.ts";
import type { Lane } from "./lanes.ts";
import { Schedule } from "./schedule.ts";
import { WorkerLost } from "./worker_process.ts";

/** What a run came to. */
export type Ending = { readonly made: object } | { readonly error: SerializedError };

/** What is driven. */
export interface Drive {
  readonly runs: readonly PlannedCellRun[];
  /** Content keys of what the store has. */
  readonly there: Iterable<string>;
  /** Runs that are over. */
  readonly over: readonly number[];
  readonly lanes: readonly Lane[];
  readonly signal: AbortSignal;
  readonly emit: (event: StudyEvent) => void;
  readonly onEvent: (run: PlannedCellRun, event: JournalEvent) => void;
  readonly onEnding: (run: number, ending: Ending) => void;
}

/** How many workers may die at one phase. */
const ATTEMPTS = 3;

/** How long to wait for memory, in milliseconds. */
const PAUSE = 1000;

function lostAgain({ message }: WorkerLost): EspalierError {
  return new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot do this run as ${ATTEMPTS} worker processes died at it: ${message}. Look at the logs in ` +
      `the study's folder; with fewer workers there is more memory for each.`,
  );
}

/** Lets lanes wait until something has changed. */
class Bell {
  #ring = Promise.withResolvers<void>();

  ring(): void {
    this.#ring.resolve();
    this.#ring = Promise.withResolvers<void>();
  }

  get rung(): Promise<void> {
    return this.#ring.promise;
  }
}

const isFatal = (error: unknown): boolean =>
  error instanceof EspalierError && error.code === "ERR_STUDY_WORKER";

/**
 * Do all runs on the lanes; resolves when all are over, or when the signal has stopped them.
 *
 * @throws {EspalierError} ERR_STUDY_WORKER if a worker is none of this study.
 */
export async function drive(
  { runs, there, over, lanes, signal, emit, onEvent, onEnding }: Drive,
): Promise<void> {
  const schedule = new Schedule(runs.map(({ phases }) => phases), there);
  over.forEach((run) => schedule.over(run));
  /** How many workers died at a phase. */
  const deaths = new Map<string, number>();
  let fault: unknown;
  const isOver = () => signal.aborted || fault !== undefined || schedule.open === 0;
  const bell = new Bell();
  signal.addEventListener("abort", () => bell.ring());

  function hear(run: PlannedCellRun) {
    let key: string | undefined;
    return (event: JournalEvent): void => {
      const { type, key: started } = event as Extract<CoreEvent, { readonly type: "phase:start" }>;
      if (type === "phase:start") key = started;
      if (type as string === "phase:end" && key !== undefined) {
        schedule.made(key);
        bell.ring();
      }
      onEvent(run, event);
    };
  }

  /** A phase that failed once would fail again: what hangs on it ends with it. */
  function fail(place: number, thrown: unknown): void {
    const error = serializeError(thrown);
    const isShared = error.phase !== undefined || isFatal(thrown);
    for (const other of isShared ? schedule.sharing(place) : [place]) {
      schedule.over(other);
      onEnding(other, { error });
      const { cell, seed } = runs[other]!;
      emit({ type: "study/run-fail", cell, seed, error });
    }
  }

  async function attempt(lane: Lane, place: number): Promise<void> {
    const run = runs[place]!;
    const { cell, seed } = run;
    const start = performance.now();
    emit({ type: "study/run-start", cell, seed });
    try {
      const made = await lane.run(run, hear(run));
      schedule.over(place);
      onEnding(place, { made });
      emit({ type: "study/run-end", cell, seed, elapsedMs: performance.now() - start });
    } catch (error) {
      if (signal.aborted) return;
      if (isFatal(error)) return void (fault ??= error);
      if (!(error instanceof WorkerLost)) return fail(place, error);
      emit({ type: "study/worker-lost", cell, seed, reason: error.message });
      const front = schedule.front(place);
      const count = (deaths.get(front) ?? 0) + 1;
      deaths.set(front, count);
      if (count >= ATTEMPTS) return fail(place, lostAgain(error));
      schedule.returned(place);
    }
  }

  async function work(lane: Lane): Promise<void> {
    for (let told = false; !isOver();) {
      const short = lane.shortOf?.();
      if (short !== undefined) {
        if (!told) emit({ type: "study/memory", ...short });
        told = true;
        await Promise.race([bell.rung, new Promise((resolve) => setTimeout(resolve, PAUSE))]);
        continue;
      }
      const place = schedule.next();
      if (place === undefined) {
        await bell.rung;
        continue;
      }
      await attempt(lane, place);
      bell.ring();
    }
  }

  const stop = () => void Promise.all(lanes.map((lane) => lane.stop()));
  signal.addEventListener("abort", stop);
  await Promise.all(lanes.map(work));
  await Promise.all(lanes.map((lane) => lane.stop()));
  if (fault !== undefined) throw fault;
}
