import type { CoreEvent, JournalEvent } from "@espalier/core";

/** An epoch of a training or search. */
export interface EpochPoint {
  /** Epoch, from 1. */
  readonly epoch: number;
  /** Mean loss. */
  readonly loss?: number | undefined;
  /** Metrics on the training images, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What is known of the making of an artifact. */
export interface Measure {
  /** Name of the phase. */
  readonly phase: string;
  /** Time of the work, in milliseconds; what was lost when a process died is counted. */
  readonly ms: number;
  /** Whether the phase is over. */
  readonly done: boolean;
  /** Its epochs. */
  readonly epochs: readonly EpochPoint[];
}

interface Open {
  readonly key: string;
  ms: number;
}

/** Times and epochs of phases by content key, of the events of many runs. */
export class Measures {
  readonly #byKey = new Map<string, Measure>();
  /** What a run is at work on. */
  readonly #open = new Map<string, Open>();

  /** Take an event of a run, in the order in which they happened. */
  add(run: string, given: JournalEvent): void {
    const event = given as CoreEvent;
    if (event.type === "run:start" || event.type === "run:fail" || event.type === "run:abort") {
      this.#close(run);
    } else if (event.type === "phase:start" && event.key !== undefined) {
      this.#open.set(run, { key: event.key, ms: 0 });
      if (!this.#byKey.has(event.key)) {
        this.#byKey.set(event.key, { phase: event.phase, ms: 0, done: false, epochs: [] });
      }
    } else if (event.type === "phase:end") {
      this.#end(run, event);
    } else if ("epoch" in event) {
      this.#epoch(run, event);
    }
  }

  /** What is known of an artifact; undefined if nothing is. */
  of(key: string): Measure | undefined {
    return this.#byKey.get(key);
  }

  /** All of it. */
  get all(): readonly (readonly [key: string, Measure])[] {
    return [...this.#byKey];
  }

  #end(
    run: string,
    { cached, elapsedMs }: { readonly cached: boolean; readonly elapsedMs: number },
  ) {
    const open = this.#open.get(run);
    if (open === undefined) return;
    open.ms = cached ? 0 : elapsedMs;
    const { key } = open;
    this.#close(run);
    const measure = this.#byKey.get(key)!;
    this.#byKey.set(key, { ...measure, done: measure.done || !cached });
  }

  #epoch(run: string, event: Extract<CoreEvent, { readonly epoch: number }>): void {
    const open = this.#open.get(run);
    if (open === undefined) return;
    open.ms = event.elapsedMs;
    if ("step" in event) return;
    const measure = this.#byKey.get(open.key)!;
    const point = {
      epoch: event.epoch + 1,
      loss: event.loss,
      metrics: Object.fromEntries(
        Object.entries(event.metrics ?? {}).map(([name, { value }]) => [name, value]),
      ),
    };
    // Epochs that are done again follow a process that died.
    const epochs = [...measure.epochs.filter(({ epoch }) => epoch < point.epoch), point];
    this.#byKey.set(open.key, { ...measure, epochs });
  }

  /** Count the time of the phase at work. */
  #close(run: string): void {
    const open = this.#open.get(run);
    if (open === undefined) return;
    this.#open.delete(run);
    const measure = this.#byKey.get(open.key)!;
    this.#byKey.set(open.key, { ...measure, ms: measure.ms + open.ms });
  }
}
