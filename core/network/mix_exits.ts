import * as tf from "@tensorflow/tfjs";
import type { Aggregator } from "../contracts/aggregator.ts";
import { scalarsOf, sum } from "./mixture_algebra.ts";

/**
 * What leaves a stage while its depth is searched (TAS, eq. 5): Σ_l q_l · resize(x_l, widest).
 *
 * @param outputs Outputs of the candidate blocks, [batch, height, width, c_l].
 * @param options Weights q [L], and what aligns the outputs.
 * @returns [batch, height, width, widest].
 */
export function mixExits(
  outputs: readonly tf.Tensor[],
  { weights, aggregator }: { readonly weights: tf.Tensor1D; readonly aggregator: Aggregator },
): tf.Tensor {
  if (outputs.length === 1) return tf.clone(outputs[0]!).mul(weights.reshape([]));
  const widest = Math.max(...outputs.map((x) => x.shape[x.rank - 1]!));
  const each = scalarsOf(weights);
  return sum(outputs.map((x, l) => tf.mul(aggregator.resize(x, widest), each[l]!)));
}
