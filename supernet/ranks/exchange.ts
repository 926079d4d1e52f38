/**
 * Memory that ranks share: numbered passes, and named slots that a rank fills and others read.
 *
 * Each slot stores the number of the pass that filled it, so no barrier is needed. An abandoned
 * pass leaves nothing to clear, since the next pass has another number.
 *
 * @module
 */

/** A named place for numbers. */
export interface Slot {
  /** Its name. */
  readonly name: string;
  /** Number of floats that it can hold. */
  readonly size: number;
  /** Who fills it: the first rank only, or each rank a place of its own. */
  readonly owner: "first" | "each";
}

/** How a rank waits. */
export interface Waiting {
  /** The pass. */
  readonly pass: number;
  /** Called after each sleep with the number of sleeps; it may throw to end the waiting. */
  readonly watch: (sleeps: number) => void;
}

/** Longest sleep between two checks, in milliseconds. */
export const SLEEP_MS = 50;

/** Checks before the first sleep: about what waking a sleeping thread costs. */
const SPINS = 20_000;

const PASS = 0;
const POSITION = 1;
const FIRST_WORD = 2;

interface Place {
  readonly slot: Slot;
  readonly word: number;
  readonly offset: number;
}

function placesOf(slots: readonly Slot[], ranks: number) {
  const places = new Map<string, Place>();
  let word = FIRST_WORD, offset = 0;
  for (const slot of slots) {
    const owners = slot.owner === "first" ? 1 : ranks;
    places.set(slot.name, { slot, word, offset });
    word += owners;
    offset += owners * slot.size;
  }
  return { places, words: word, floats: offset };
}

/** One rank's view of the shared memory. */
export class Exchange {
  /** What is shared. */
  readonly memory: SharedArrayBuffer;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #words: Int32Array;
  readonly #floats: Float32Array;

  /**
   * Open shared memory, or allocate it.
   *
   * @param slots The slots, the same on every rank.
   * @param options Number of ranks, and the memory that another rank made.
   */
  constructor(
    slots: readonly Slot[],
    { ranks, memory }: { readonly ranks: number; readonly memory?: SharedArrayBuffer | undefined },
  ) {
    const { places, words, floats } = placesOf(slots, ranks);
    this.memory = memory ?? new SharedArrayBuffer(4 * (words + floats));
    this.#places = places;
    this.#words = new Int32Array(this.memory, 0, words);
    this.#floats = new Float32Array(this.memory, 4 * words, floats);
  }

  /** Begin a pass and end the one before. First rank only. */
  begin(pass: number): void {
    Atomics.store(this.#words, POSITION, 2 ** 31 - 1);
    Atomics.store(this.#words, PASS, pass);
  }

  /** Whether a pass is the current one. */
  isCurrent(pass: number): boolean {
    return Atomics.load(this.#words, PASS) === pass;
  }

  /** Number of the sum that the first rank has reached in its backward pass, which counts down. */
  get position(): number {
    return Atomics.load(this.#words, POSITION);
  }

  set position(value: number) {
    Atomics.store(this.#words, POSITION, value);
  }

  /** The pass that filled a slot last. */
  passOf(name: string, rank: number): number {
    return Atomics.load(this.#words, this.#wordOf(name, rank));
  }

  /** Fill a slot. */
  give(
    name: string,
    values: Float32Array,
    { rank, pass }: { readonly rank: number; readonly pass: number },
  ): void {
    this.#valuesOf(name, rank).set(values);
    const word = this.#wordOf(name, rank);
    Atomics.store(this.#words, word, pass);
    Atomics.notify(this.#words, word);
  }

  /** The content of a slot, as a view that a later pass may change. */
  read(name: string, rank: number): Float32Array {
    return this.#valuesOf(name, rank);
  }

  /**
   * Wait until a rank has filled a slot in this pass.
   *
   * @param name The slot.
   * @param rank Who fills it.
   * @param options The pass, and what ends the waiting; `gone` tells whether the slot stays empty.
   * @returns Its numbers, as a view; undefined where it stays empty.
   */
  take(
    name: string,
    rank: number,
    { pass, watch, gone = () => false }: Waiting & { readonly gone?: () => boolean },
  ): Float32Array | undefined {
    const word = this.#wordOf(name, rank);
    let found = Atomics.load(this.#words, word);
    for (let i = 0; i < SPINS && found !== pass; i++) found = Atomics.load(this.#words, word);
    for (let sleeps = 1; found !== pass; sleeps++) {
      Atomics.wait(this.#words, word, found, SLEEP_MS);
      const isGone = gone(); // Before the load: a rank fills its slot before it moves on.
      found = Atomics.load(this.#words, word);
      if (found === pass) break;
      if (isGone) return undefined;
      watch(sleeps);
    }
    return this.#valuesOf(name, rank);
  }

  #wordOf(name: string, rank: number): number {
    const { slot, word } = this.#places.get(name)!;
    return word + (slot.owner === "first" ? 0 : rank);
  }

  #valuesOf(name: string, rank: number): Float32Array {
    const { slot: { owner, size }, offset } = this.#places.get(name)!;
    const start = offset + (owner === "first" ? 0 : rank * size);
    return this.#floats.subarray(start, start + size);
  }
}
