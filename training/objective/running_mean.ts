import type { Metrics, Objective } from "@espalier/core";

/** What one batch gives. */
export interface BatchResult {
  /** Mean loss. */
  readonly loss: number;
  /** What the objective's metrics are computed from. */
  readonly sums: number[];
  /** Images of the batch. */
  readonly images: number;
}

/** What many batches give. */
export interface Evaluation {
  /** Images evaluated. */
  readonly images: number;
  /** Mean loss. */
  readonly loss: number;
  /** The objective's metrics. */
  readonly metrics: Metrics;
}

/** The metrics of added sums. */
export function metricsOf({ metrics }: Objective, sums: readonly number[]): Metrics {
  return Object.fromEntries(
    metrics.map(({ name, better, share, value }) => [name, { value: value(sums), better, share }]),
  );
}

/** What a mean is computed from. */
export interface Sums {
  /** Loss times images. */
  readonly loss: number;
  /** How many images. */
  readonly images: number;
  /** What the objective's metrics are computed from. */
  readonly sums: readonly number[];
}

/** Mean loss and metrics over what was added, whatever its order. */
export class RunningMean {
  readonly #objective: Objective;
  #loss: number;
  #images: number;
  #sums: readonly number[];

  /**
   * Begin with nothing, or go on.
   *
   * @param objective Whose metrics they are.
   * @param from What was added before.
   */
  constructor(objective: Objective, from: Sums = { loss: 0, images: 0, sums: [] }) {
    this.#objective = objective;
    this.#loss = from.loss;
    this.#images = from.images;
    this.#sums = from.sums;
  }

  /** What was added so far. */
  get sums(): Sums {
    return { loss: this.#loss, images: this.#images, sums: this.#sums };
  }

  /** Add a batch. */
  add({ loss, sums, images }: BatchResult): void {
    this.#loss += loss * images;
    this.#images += images;
    this.#sums = sums.map((sum, i) => sum + (this.#sums[i] ?? 0));
  }

  /** Mean over all images added. */
  get value(): Evaluation {
    const images = this.#images;
    return {
      images,
      loss: this.#loss / images,
      metrics: metricsOf(this.#objective, this.#sums),
    };
  }
}
