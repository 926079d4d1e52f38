import { type Observable, ReplaySubject } from "rxjs";
import { reasonsOf, serializeError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import type { CoreEventBody } from "../pipeline/phase.ts";
import { EventStream } from "./event_stream.ts";
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
   * errors: a failure is a `run:fail` event, a stop a `run:abort`. A subscriber that throws gets no
   * more events and is reported by a `run:subscriber-error`; what is thrown after the run goes to the
   * console.
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
  let over = false;
  const early: JournalEvent[] = [];
  let journal: Journal = { write: (event) => void early.push(event), close: () => {} };
  const unpublished: JournalEvent[] = [];
  const publish = (event: JournalEvent): void => {
    unpublished.push(event);
    // What a subscriber causes comes after its event: all subscribers see one order.
    if (unpublished.length > 1) return;
    for (; unpublished.length > 0; unpublished.shift()) events.next(unpublished[0]!);
  };
  const emit = (event: CoreEventBody | PluginEvent): void => {
    const full = event.type.includes("/") ? event : { ...event, runId };
    journal.write(full as JournalEvent);
    publish(full as JournalEvent);
  };
  const record = (opened: Journal): void => {
    journal = opened;
    early.splice(0).forEach(opened.write);
  };
  const closeJournal = (): void => {
    try {
      journal.close();
    } catch {
      // Every event was written before.
    }
  };
  const start = performance.now();
  const emitAnyway = (event: Extract<CoreEventBody, { type: `run:${string}` }>): void => {
    try {
      emit(event);
    } catch {
      // The journal failed: `result` rejects with that, or with the failure before it.
      publish({ ...event, runId });
    }
  };
  const reportSubscriber = (error: unknown): void => {
    if (!over) return emitAnyway({ type: "run:subscriber-error", error: serializeError(error) });
    // deno-lint-ignore no-console -- no event can follow the last one
    console.error("A subscriber of a run that is over threw:", error);
  };

  async function execute(): Promise<R> {
    await new Promise((resolve) => setTimeout(resolve));
    try {
      const result = await body({ runId, signal, emit, record });
      emit({ type: "run:end", elapsedMs: performance.now() - start });
      return result;
    } catch (thrown) {
      const [error, ...later] = reasonsOf(thrown);
      const also = later.length > 0 && { also: later.map(serializeError) };
      if (!isAbort(error, signal)) {
        emitAnyway({ type: "run:fail", error: serializeError(error), ...also });
        throw error;
      }
      emitAnyway({ type: "run:abort", elapsedMs: performance.now() - start, ...also });
      throw signal.reason;
    } finally {
      over = true;
      closeJournal();
      events.complete();
    }
  }

  const result = execute();
  result.catch(() => {}); // It stays observable through `result`.
  const stream = new EventStream((subscriber) => events.subscribe(subscriber), reportSubscriber);
  return { id: runId, events$: stream as Observable<unknown> as Observable<E>, result };
}
