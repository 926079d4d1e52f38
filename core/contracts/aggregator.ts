import type { Tensor } from "@tensorflow/tfjs";
import { createToken, type Token } from "../plugin/token.ts";

/** Brings features to a common width. Stateless; the supernet weights and sums them. */
export interface Aggregator {
  /**
   * Bring the last axis of `x` to `channels`, differentiably.
   *
   * @param x [..., c].
   * @param channels Target width, at least c.
   * @returns [..., channels].
   */
  resize(x: Tensor, channels: number): Tensor;
  /**
   * The matrix of `resize`, if it is linear: `resize(x) = x · matrix`. Enables the fused path.
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
