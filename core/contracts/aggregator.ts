import type { Tensor } from "@tensorflow/tfjs";
import { createToken, type Token } from "../plugin/token.ts";

/** Aligns features of unlike width. Stateless; weighting and summing are core's. */
export interface Aggregator {
  /**
   * Bring the last axis of `x` to `channels`, differentiably.
   *
   * @param x [..., c].
   * @param channels The width wanted, at least c.
   * @returns [..., channels].
   */
  resize(x: Tensor, channels: number): Tensor;
  /**
   * The same as a matrix, if `resize` is linear: `resize(x) = x · matrix`. Enables the fused path.
   *
   * @param from Rows.
   * @param to Columns.
   * @returns [from · to] entries, row by row.
   */
  matrix?(from: number, to: number): Float32Array;
}

/** Token of the {@linkcode Aggregator} of a run. */
export const AggregatorToken: Token<Aggregator> = createToken<Aggregator>(
  "@espalier/core/Aggregator",
);
