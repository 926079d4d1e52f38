import type { Checkpoint, SaveOptions } from "../contracts/checkpoint.ts";
import { EspalierError, serializeError } from "../errors.ts";
import type { ArtifactStore } from "../store/artifact_store.ts";
import { checkArtifact } from "../store/encode.ts";
import type { PhaseContext } from "./phase.ts";

/** How often work within an epoch is saved; false: never, nor after epochs. */
export type CheckpointInterval = false | {
  /**
   * Most minutes of work that are lost.
   *
   * @default {5}
   */
  readonly minutes?: number | undefined;
  /**
   * Also after so many steps.
   *
   * @default never
   */
  readonly steps?: number | undefined;
};

/** What the store holds under one slot of a phase. */
interface Saved {
  /** Counts the saved states of a phase. */
  readonly order: number;
  /** Part of the work that is done. */
  readonly done: number;
  /** When it was saved, in milliseconds since 1970. */
  readonly time: number;
  readonly state: object;
}

/** What checkpoints of a phase work with. */
export interface CheckpointOptions {
  /** Name of the phase. */
  readonly phase: string;
  /** Its content key. */
  readonly key: string;
  readonly store: ArtifactStore;
  readonly signal: AbortSignal;
  readonly interval: CheckpointInterval;
  readonly emit: PhaseContext["emit"];
}

const MINUTES = 5;

/** Share of the time that work stands still for, to be saved after epochs, and to be written. */
const SHARE = 0.01;

/** Keys of the unfinished work towards a key. */
export const slotsOf = (key: string): readonly string[] => [
  `${key}.checkpoint-0`,
  `${key}.checkpoint-1`,
];

/** Wait for work, but no longer than that. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}

/** Checkpoints of a phase in two slots of the store, written in turn. */
export class PhaseCheckpoint implements Checkpoint {
  readonly #options: CheckpointOptions;
  readonly #found: Saved | undefined;
  #order: number;
  #saved = performance.now();
  #steps = 0;
  /** How long the work stood still for the last saving, in milliseconds; writing goes on beside it. */
  #cost = 0;
  #asked: number | undefined;
  #writing = Promise.resolve();

  private constructor(options: CheckpointOptions, found: Saved | undefined) {
    this.#options = options;
    this.#found = found;
    this.#order = found?.order ?? 0;
  }

  /** Look for what was saved under the phase's key. */
  static async open(options: CheckpointOptions): Promise<PhaseCheckpoint> {
    const { store, key, phase, emit } = options;
    const found: Saved[] = [];
    for (const slot of slotsOf(key)) {
      try {
        const saved = await store.read(slot) as Saved | undefined;
        if (saved !== undefined) found.push(saved);
      } catch (error) {
        if (!(error instanceof EspalierError) || error.code !== "ERR_ARTIFACT_CORRUPT") throw error;
        emit({ type: "phase:checkpoint-damaged", phase, error: serializeError(error) });
      }
    }
    return new PhaseCheckpoint(options, found.sort((a, b) => b.order - a.order)[0]);
  }

  /** When what was found was saved, in milliseconds since 1970; undefined if nothing was. */
  get time(): number | undefined {
    return this.#found?.time;
  }

  get done(): number {
    return this.#found?.done ?? 0;
  }

  latest<S extends object>(): Promise<S | undefined> {
    return Promise.resolve(structuredClone(this.#found?.state) as S | undefined);
  }

  due(after: "step" | "epoch"): boolean {
    this.#asked = performance.now();
    const { interval, signal } = this.#options;
    if (interval === false) return false;
    if (signal.aborted) return true;
    const elapsed = this.#asked - this.#saved;
    if (after === "epoch") return elapsed * SHARE >= this.#cost;
    const { minutes = MINUTES, steps = Infinity } = interval;
    return ++this.#steps >= steps || elapsed >= minutes * 60_000;
  }

  async save(state: object, { done = 0 }: SaveOptions = {}): Promise<void> {
    const { interval, phase, store, key, emit } = this.#options;
    checkArtifact(state, `the checkpoint of phase "${phase}"`);
    if (interval === false) return;
    const start = this.#asked ?? performance.now();
    await this.#writing;
    const order = ++this.#order;
    const saved: Saved = { order, done, time: Date.now(), state };
    const written = store.write(slotsOf(key)[order % 2]!, saved, { replace: true });
    this.#writing = written.then(
      () => emit({ type: "phase:checkpoint", phase, done }),
      (error) => emit({ type: "phase:checkpoint-failed", phase, error: serializeError(error) }),
    );
    this.#writing.catch(() => {}); // Told by the next save, or at the end.
    const now = performance.now();
    const elapsed = now - this.#saved;
    this.#steps = 0;
    this.#saved = now;
    this.#cost = now - start;
    this.#asked = undefined;
    // Writing needs several turns of the event loop, which work in long steps gives seldom.
    await atMost(elapsed * SHARE, this.#writing);
  }

  /** Wait until what was saved is written. */
  async settle(): Promise<void> {
    await this.#writing;
  }
}

/** Forget the unfinished work of a phase, as it is finished. */
export async function clearCheckpoints(store: ArtifactStore, key: string): Promise<void> {
  for (const slot of slotsOf(key)) await store.remove(slot);
}
