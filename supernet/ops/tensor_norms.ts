/**
 * Batch norm, plain and mixed. With o [N, C] the output of a convolution, m and v its moments,
 * inv = 1/√(v + ε) and n = (o − m)·inv, a mixture of K candidates that read the first c_k channels is
 *
 *     y = Σ_k w_k · A_kᵀ(γ_k ∘ n[:c_k] + β_k) = n·M + b = o·F + (b − m·F),   F = diag(inv)·M,
 *
 * with A_k the linear aggregation of candidate k: one C×C matrix, whatever K is (TAS, eq. 4, with
 * the sum taken before the data are touched). A plain norm is the case of a diagonal M.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BatchSums } from "./batch_sums.ts";
import { runCustomOp } from "./custom_op.ts";
import { affine, affineGradient, columnMoments, type Moments } from "./kernels.ts";
import type { FusedActivation } from "./rows.ts";

/** What both norms need to know. */
export interface NormOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applied to the result. */
  readonly activation: FusedActivation | undefined;
  /** Sums over the batch: every mean, variance and product below is the whole batch's. */
  readonly batch: BatchSums;
  /** Called with the batch moments, to update the moving statistics; runs off the tape. */
  readonly onMoments: (moments: Moments, count: number) => void;
}

/**
 * Batch norm with batch statistics, then the activation.
 *
 * @param o [..., C].
 * @param options γ and β [C], and the rest.
 * @returns [..., C].
 */
export function batchNorm(
  o: tf.Tensor,
  { gamma, beta, epsilon, activation, batch, onMoments }: NormOptions & {
    readonly gamma: tf.Tensor1D;
    readonly beta: tf.Tensor1D;
  },
): tf.Tensor {
  const count = batch.rows(o.size / gamma.size);
  return runCustomOp({
    forward([o, gamma, beta], save) {
      const { mean, variance } = batch.moments(columnMoments(o!));
      onMoments({ mean, variance }, count);
      const inv = tf.rsqrt(variance.add(epsilon));
      const scale = tf.mul(inv, gamma!);
      const y = affine(o!, { matrix: scale, bias: tf.sub(beta!, mean.mul(scale)), activation });
      save([o!, mean, inv, gamma!, ...(activation === undefined ? [] : [y])]);
      return y;
    },
    backward(dy, [o, mean, inv, gamma, y]) {
      const { d, bias, matrix } = batch.gradient(
        affineGradient({ x: o!, dy, y, activation, diagonal: true }),
      );
      const dGamma = matrix.sub(bias.mul(mean!)).mul(inv!);
      const scale = tf.mul(inv!, gamma!);
      const a = tf.neg(scale.mul(inv!).mul(dGamma).div(count));
      const c = tf.neg(scale.mul(bias).div(count)).sub(a.mul(mean!));
      return [affine(d, { matrix: scale, bias: c, residual: o!, scale: a }), dGamma, bias];
    },
  }, [o, gamma, beta]);
}

/**
 * Mixed batch norm with batch statistics, then the activation: y = n·M + b.
 *
 * @param o [..., C].
 * @param options M [C, D] and b [D], and the rest.
 * @returns [..., D].
 */
export function mixedNorm(
  o: tf.Tensor,
  { matrix, bias, epsilon, activation, batch, onMoments }: NormOptions & {
    readonly matrix: tf.Tensor2D;
    readonly bias: tf.Tensor1D;
  },
): tf.Tensor {
  const channels = matrix.shape[0], count = batch.rows(o.size / channels);
  const column = (x: tf.Tensor) => x.reshape([channels, 1]) as tf.Tensor2D;
  return runCustomOp({
    forward([o, matrix, bias], save) {
      const { mean, variance } = batch.moments(columnMoments(o!));
      onMoments({ mean, variance }, count);
      const inv = tf.rsqrt(variance.add(epsilon));
      const f = tf.mul(column(inv), matrix!) as tf.Tensor2D;
      const shift = tf.matMul(mean.reshape([1, channels]), f).reshape([-1]);
      const y = affine(o!, { matrix: f, bias: tf.sub(bias!, shift), activation });
      save([o!, mean, inv, matrix!, f, ...(activation === undefined ? [] : [y])]);
      return y;
    },
    backward(dy, [o, mean, inv, matrix, f, y]) {
      const gradient = batch.gradient(
        affineGradient({ x: o!, dy, y, activation, diagonal: false }),
      );
      const { d, bias } = gradient;
      const dMatrix = gradient.matrix.sub(column(mean!).mul(bias.reshape([1, -1])))
        .mul(column(inv!));
      // The two means that batch norm's gradient needs, by C×C algebra instead of a pass.
      const q = tf.sum(dMatrix.mul(matrix!), 1).div(count);
      const p = tf.matMul(matrix as tf.Tensor2D, bias.reshape([-1, 1]) as tf.Tensor2D)
        .reshape([channels]).div(count);
      const a = tf.neg(inv!.square().mul(q));
      const c = tf.neg(inv!.mul(p)).sub(a.mul(mean!));
      return [
        affine(d, { matrix: tf.transpose(f!), bias: c, residual: o!, scale: a }),
        dMatrix,
        bias,
      ];
    },
  }, [o, matrix, bias]);
}
