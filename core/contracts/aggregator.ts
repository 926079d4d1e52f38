import type { Tensor } from "@tensorflow/tfjs";
import { createToken, type Token } from "../plugin/token.ts";
import type { NodeId, StageId } from "./blueprint.ts";
import { arrayFlaw, methodFlaw, tensorFlaw } from "./flaws.ts";

/** Brings features to a common width. Stateless; the supernet weights and sums them. */
export interface Aggregator {
  /**
   * Bring the last axis of `x` to `channels`, differentiably.
   *
   * @param x [..., c].
   * @param channels Target width, at least c.
   * @param place The convolution whose candidates are mixed, or the stage whose exits are.
   * @returns [..., channels].
   */
  resize(x: Tensor, channels: number, place?: NodeId | StageId): Tensor;
  /**
   * The matrix of `resize`, if it is linear and the same everywhere: `resize(x) = x · matrix`.
   * Enables the fused path.
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
  {
    members: { resize: methodFlaw },
    returns: {
      resize: (made, [x, channels]) => tensorFlaw(made, [...x.shape.slice(0, -1), channels]),
      matrix: (made, [from, to]) => arrayFlaw(made, from * to),
    },
  },
);
