import { type Observable, ReplaySubject } from "rxjs";
import { serializeError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import type { CoreEventBody } from "../pipeline/phase.ts";
import type { Journal, JournalEvent } from "./journal.ts";

/** Events that a late subscriber still gets; the journal has all of them. */
const REPLAYED = 1000;

/**
 * Handle of a run that has started. Subscribing never starts it again.
 *
 * @typeParam E Events of the run.
 * @typeParam R What it makes.
 */
export interface Run<E, R> {
  /** Identifier of the run, which core's events carry. */
  readonly id: string;
  /**
   * Hot stream; a late subscriber first gets the latest 1000 events. It always completes and never
   * errors: a failure is a `run:fail` event, a stop a `run:abort`.
   */
  readonly events$: Observable<E>;
  /** Resolves to what the phases made; rejects with the failure, or with the signal's reason. */
  readonly result: Promise<R>;
}

/** What the body of a run works with. */
export interface RunBodyContext {
  /** Identifier of the run. */
  readonly runId: string;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** Publish an event; core's own get the run's id. */
  emit(event: CoreEventBody | PluginEvent): void;
  /** Write all events into a journal, earlier ones included; the run closes it. */
  record(journal: Journal): void;
}

/** Whether an error comes from stopping the run. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  for (let at = error; at !== undefined && at !== null; at = Object(at).cause) {
    if (at === signal.reason || Object(at).code === "ERR_ABORTED") return true;
  }
  return false;
}

/** Start `body` one macrotask from now, so that whoever subscribes at once misses nothing. */
export function startRun<E, R>(
  body: (context: RunBodyContext) => Promise<R>,
  signal: AbortSignal,
): Run<E, R> {
  const runId = crypto.randomUUID();
  const events = new ReplaySubject<JournalEvent>(REPLAYED);
  const early: JournalEvent[] = [];
  let journal: Journal = { write: (event) => void early.push(event), close: () => {} };
  const emit = (event: CoreEventBody | PluginEvent): void => {
    const full = event.type.includes("/") ? event : { ...event, runId };
    journal.write(full as JournalEvent);
    events.next(full as JournalEvent);
  };
  const record = (opened: Journal): void => {
    journal = opened;
    early.splice(0).forEach(opened.write);
  };
  const start = performance.now();
  const emitLast = (event: Extract<CoreEventBody, { type: `run:${string}` }>): void => {
    try {
      emit(event);
    } catch {
      // The journal failed: `result` rejects with that, or with the failure before it.
      journal = { ...journal, write: () => {} };
      emit(event);
    }
  };

  async function execute(): Promise<R> {
    await new Promise((resolve) => setTimeout(resolve));
    try {
      const result = await body({ runId, signal, emit, record });
      emit({ type: "run:end", elapsedMs: performance.now() - start });
      return result;
    } catch (error) {
      if (!isAbort(error, signal)) {
        emitLast({ type: "run:fail", error: serializeError(error) });
        throw error;
      }
      emitLast({ type: "run:abort", elapsedMs: performance.now() - start });
      throw signal.reason;
    } finally {
      journal.close();
      events.complete();
    }
  }

  const result = execute();
  result.catch(() => {}); // It stays observable through `result`.
  return { id: runId, events$: events.asObservable() as Observable<E>, result };
}
