/**
 * The C×C algebra of a mixture of norms (see ops/tensor_norms.ts): small tensors only.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** One candidate of a mixture. */
export interface Candidate {
  /** Its weight, a scalar. */
  readonly weight: tf.Tensor;
  /** Its aggregation matrix A, [c, D]. */
  readonly matrix: tf.Tensor2D;
  /** Its channels c. */
  readonly channels: number;
  /** Its norm, if it has one. */
  readonly gamma?: tf.Tensor;
  /** Its norm's offset. */
  readonly beta?: tf.Tensor;
  /** Its moving mean. */
  readonly mean?: tf.Tensor;
  /** Its moving variance. */
  readonly variance?: tf.Tensor;
}

/** A map of rows: o·matrix + bias. */
export interface AffineMap {
  /** [C, D]. */
  readonly matrix: tf.Tensor2D;
  /** [D]. */
  readonly bias: tf.Tensor1D;
}

/** M = Σ_k w_k · diag(γ_k)·A_k, zero rows below c_k; b = Σ_k w_k · β_k·A_k: for batch statistics. */
export function trainingMap(candidates: readonly Candidate[], widest: number): AffineMap {
  return sumMaps(candidates, widest, ({ gamma, beta }) => ({ scale: gamma, shift: beta }));
}

/** F = Σ_k w_k·diag(γ_k·inv_k)·A_k, b' = Σ_k w_k·(β_k − m_k·γ_k·inv_k)·A_k: for moving statistics. */
export function inferenceMap(
  candidates: readonly Candidate[],
  { widest, epsilon }: { readonly widest: number; readonly epsilon: number },
): AffineMap {
  return sumMaps(candidates, widest, ({ gamma, beta, mean, variance }) => {
    if (gamma === undefined) return { scale: undefined, shift: undefined };
    const scale = gamma.mul(tf.rsqrt(variance!.add(epsilon)));
    return { scale, shift: beta!.sub(mean!.mul(scale)) };
  });
}

function sumMaps(
  candidates: readonly Candidate[],
  widest: number,
  affineOf: (c: Candidate) => { scale: tf.Tensor | undefined; shift: tf.Tensor | undefined },
): AffineMap {
  const maps = candidates.map((candidate) => {
    const { weight, matrix, channels } = candidate;
    const { scale, shift } = affineOf(candidate);
    const weighted = matrix.mul(weight);
    const scaled = scale === undefined ? weighted : weighted.mul(scale.reshape([channels, 1]));
    return {
      matrix: channels === widest ? scaled : tf.pad(scaled, [[0, widest - channels], [0, 0]]),
      bias: shift === undefined
        ? tf.zeros([1, widest])
        : tf.matMul(shift.reshape([1, channels]) as tf.Tensor2D, weighted as tf.Tensor2D),
    };
  });
  return {
    matrix: sum(maps.map(({ matrix }) => matrix)) as tf.Tensor2D,
    bias: sum(maps.map(({ bias }) => bias)).reshape([-1]) as tf.Tensor1D,
  };
}

/** Sum of tensors of one shape. */
export function sum(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.reduce((total, next) => tf.add(total, next));
}
