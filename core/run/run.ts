import { type Observable, ReplaySubject } from "rxjs";
import { EspalierError, reasonsOf, serializeError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import type { CoreEventBody } from "../pipeline/phase.ts";
import { EventStream } from "./event_stream.ts";
import type { Journal, JournalEvent } from "./journal.ts";

/** Events that a late subscriber still gets; the journal has all of them. */
const REPLAYED = 1000;

/** How long a stopped run waits for its work. */
const GRACE_MS = 5000;

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
  /**
   * Resolves to what the phases made; rejects with the failure, or with the signal's reason, at the
   * latest when the grace after a stop is over.
   */
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
  /** Tell how to ask for the plugin whose work a stopped run waits for, if it is one's. */
  blame(plugin: () => string | undefined): void;
}

/** How a run is started. */
export interface StartOptions {
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** How long a stopped run waits for its work, in milliseconds. Default: five seconds. */
  readonly graceMs?: number | undefined;
}

/** What work gives; after a stop and the grace the run goes on without it, by `abandon`. */
async function within<R>(
  work: Promise<R>,
  { signal, graceMs = GRACE_MS }: StartOptions,
  abandon: () => void,
): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = () => {};
  const end = new Promise<never>((_, reject) => {
    const giveUp = () => {
      abandon();
      reject(signal.reason);
    };
    wait = () => timer = setTimeout(giveUp, graceMs);
  });
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, { once: true });
  try {
    return await Promise.race([work, end]);
  } finally {
    signal.removeEventListener("abort", wait);
    clearTimeout(timer);
  }
}

/** Whether an error comes from stopping the run. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  for (let at = error; at !== undefined && at !== null; at = Object(at).cause) {
    if (at === signal.reason || Object(at).code === "ERR_ABORTED") return true;
  }
  return false;
}

/**
 * Start `body` one macrotask from now, so that whoever subscribes at once misses nothing. A body that
 * goes on after a stop and the grace is left alone: its events are dropped, core's end it.
 */
export function startRun<E, R>(
  body: (context: RunBodyContext) => Promise<R>,
  options: StartOptions,
): Run<E, R> {
  const { signal } = options;
  const runId = crypto.randomUUID();
  const events = new ReplaySubject<JournalEvent>(REPLAYED);
  let over = false;
  let resumable = false;
  const early: JournalEvent[] = [];
  let journal: Journal = { write: (event) => void early.push(event), close: () => {} };
  const unpublished: JournalEvent[] = [];
  const publish = (event: JournalEvent): void => {
    unpublished.push(event);
    // What a subscriber causes comes after its event: all subscribers see one order.
    if (unpublished.length > 1) return;
    for (; unpublished.length > 0; unpublished.shift()) events.next(unpublished[0]!);
  };
  let place = "its start";
  let plugin: () => string | undefined = () => undefined;
  let heldUpBy: string | undefined;
  const blame = (): string => {
    const name = plugin();
    return name === undefined ? place : `plugin "${name}" in ${place}`;
  };
  const emit = (event: CoreEventBody | PluginEvent): void => {
    const isPlugins = event.type.includes("/");
    if (over && isPlugins) return;
    if (over) throw new EspalierError("ERR_ABORTED", "Cannot go on as the run is over.");
    if (event.type === "phase:start") place = `phase "${event.phase}"`;
    if (event.type === "phase:end") place = `what follows phase "${event.phase}"`;
    const full = isPlugins ? event : { ...event, runId };
    journal.write(full as JournalEvent);
    publish(full as JournalEvent);
  };
  const record = (opened: Journal): void => {
    if (over) return opened.close();
    journal = opened;
    resumable = true;
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
      const work = body({ runId, signal, emit, record, blame: (ask) => plugin = ask });
      const result = await within(work, options, () => heldUpBy = blame());
      emit({ type: "run:end", elapsedMs: performance.now() - start });
      return result;
    } catch (thrown) {
      const [error, ...later] = reasonsOf(thrown);
      const also = later.length > 0 && { also: later.map(serializeError) };
      if (!isAbort(error, signal)) {
        emitAnyway({ type: "run:fail", error: serializeError(error), ...also });
        throw error;
      }
      const elapsedMs = performance.now() - start;
      const held = heldUpBy !== undefined && { heldUpBy };
      emitAnyway({ type: "run:abort", elapsedMs, resumable, ...held, ...also });
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
