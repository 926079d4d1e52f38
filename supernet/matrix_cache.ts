import type { Aggregator } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** A linear aggregator's matrices for all pairs of widths that a network can meet, made once. */
export class MatrixCache implements Disposable {
  readonly #matrices = new Map<string, tf.Tensor2D>();
  readonly #onHost = new Map<string, Float32Array>();

  /**
   * Make the matrices.
   *
   * @param matrix The aggregator's function.
   * @param groups Widths that meet each other.
   */
  constructor(
    matrix: NonNullable<Aggregator["matrix"]>,
    groups: readonly (readonly number[])[],
  ) {
    for (const widths of groups) {
      for (const from of widths) {
        for (const to of widths) {
          if (from > to || this.#matrices.has(`${from},${to}`)) continue;
          const values = matrix(from, to);
          this.#onHost.set(`${from},${to}`, values);
          this.#matrices.set(`${from},${to}`, tf.keep(tf.tensor2d(values, [from, to])));
        }
      }
    }
  }

  /** A from × to. */
  get(from: number, to: number): tf.Tensor2D {
    return this.#matrices.get(`${from},${to}`)!;
  }

  /** from × to on the host, row by row. */
  onHost(from: number, to: number): Float32Array {
    return this.#onHost.get(`${from},${to}`)!;
  }

  /** Free all matrices. */
  [Symbol.dispose](): void {
    for (const matrix of this.#matrices.values()) matrix.dispose();
  }
}
