/** Progress of a loop. */
export interface MeterReading {
  /** Images per second since the loop began. */
  readonly imagesPerSecond: number;
  /** Time since the loop began. */
  readonly elapsedMs: number;
  /** Estimated time left. */
  readonly remainingMs: number;
}

/** Least time between two reports within an epoch. */
const INTERVAL_MS = 1000;

/** Measures the speed of a loop over epochs. */
export class Meter {
  readonly #start = performance.now();
  readonly #from: number;
  #images = 0;
  #reported = 0;

  /**
   * Start the clock.
   *
   * @param from Part of the loop, 0 to 1, that was done before.
   */
  constructor(from = 0) {
    this.#from = from;
  }

  /** Count images. */
  count(images: number): void {
    this.#images += images;
  }

  /** Whether a report within an epoch is due: at most one per second. */
  due(): boolean {
    const now = performance.now();
    if (now - this.#reported < INTERVAL_MS) return false;
    this.#reported = now;
    return true;
  }

  /** The speed and the time left, when `done` (0 to 1) of the loop is over. */
  read(done: number): MeterReading {
    const elapsedMs = performance.now() - this.#start;
    const here = done - this.#from;
    return {
      // A clock may stand still between two of its ticks.
      imagesPerSecond: elapsedMs > 0 ? this.#images / elapsedMs * 1000 : 0,
      elapsedMs,
      remainingMs: here > 0 ? elapsedMs / here * (1 - done) : 0,
    };
  }
}
