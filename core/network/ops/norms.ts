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
import type { Activation } from "../../blueprint/blueprint.ts";
import { runCustomOp } from "./custom_op.ts";
import { activate, asRows, columnMoments, columnSums, maskGradient, type Moments } from "./rows.ts";

/** What both norms need to know. */
export interface NormOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applied to the result. */
  readonly activation: Activation | undefined;
  /** Told the batch moments, to move the statistics; runs off the tape. */
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
  { gamma, beta, epsilon, activation, onMoments }: NormOptions & {
    readonly gamma: tf.Tensor1D;
    readonly beta: tf.Tensor1D;
  },
): tf.Tensor {
  return runCustomOp({
    forward([o, gamma, beta], save) {
      const rows = asRows(o!);
      const moments = columnMoments(rows);
      onMoments(moments, rows.shape[0]);
      const inv = tf.rsqrt(moments.variance.add(epsilon));
      const scale = tf.mul(inv, gamma!);
      const y = activate(
        rows.mul(scale).add(tf.sub(beta!, moments.mean.mul(scale))).reshape(o!.shape),
        activation,
      );
      save([o!, moments.mean, inv, gamma!, ...(activation === undefined ? [] : [y])]);
      return y;
    },
    backward(dy, [o, mean, inv, gamma, y]) {
      const rows = asRows(o!), count = rows.shape[0];
      const d = asRows(maskGradient(dy, y ?? dy, activation));
      const dBeta = columnSums(d);
      const dGamma = columnSums(tf.mul(d, rows)).sub(dBeta.mul(mean!)).mul(inv!);
      const scale = tf.mul(inv!, gamma!);
      const a = tf.neg(scale.mul(inv!).mul(dGamma).div(count));
      const c = tf.neg(scale.mul(dBeta).div(count)).sub(a.mul(mean!));
      const dO = d.mul(scale).add(rows.mul(a)).add(c);
      return [dO.reshape(o!.shape), dGamma, dBeta];
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
  { matrix, bias, epsilon, activation, onMoments }: NormOptions & {
    readonly matrix: tf.Tensor2D;
    readonly bias: tf.Tensor1D;
  },
): tf.Tensor {
  return runCustomOp({
    forward([o, matrix, bias], save) {
      const rows = asRows(o!), channels = rows.shape[1];
      const moments = columnMoments(rows);
      onMoments(moments, rows.shape[0]);
      const inv = tf.rsqrt(moments.variance.add(epsilon)) as tf.Tensor1D;
      const f = tf.mul(inv.reshape([channels, 1]), matrix!) as tf.Tensor2D;
      const y = affine(o!, {
        matrix: f,
        bias: tf.sub(bias!, tf.matMul(moments.mean.reshape([1, channels]), f).reshape([-1])),
        activation,
      });
      save([o!, moments.mean, inv, matrix!, f, ...(activation === undefined ? [] : [y])]);
      return y;
    },
    backward(dy, [o, mean, inv, matrix, f, y]) {
      const rows = asRows(o!), [count, channels] = rows.shape;
      const d = asRows(maskGradient(dy, y ?? dy, activation));
      const dBias = columnSums(d);
      const g = tf.matMul(rows, d, true, false);
      const column = (x: tf.Tensor) => x.reshape([channels, 1]);
      const dMatrix = g.sub(column(mean!).mul(dBias.reshape([1, -1]))).mul(column(inv!));
      // the two means that batch norm's gradient needs, from C×C algebra instead of a pass
      const q = tf.sum(dMatrix.mul(matrix!), 1).div(count);
      const p = tf.matMul(matrix as tf.Tensor2D, dBias.reshape([-1, 1]) as tf.Tensor2D)
        .reshape([channels]).div(count);
      const a = tf.neg(inv!.square().mul(q));
      const c = tf.neg(inv!.mul(p)).sub(a.mul(mean!));
      const dO = tf.matMul(d, f as tf.Tensor2D, false, true).add(rows.mul(a)).add(c);
      return [dO.reshape(o!.shape), dMatrix, dBias];
    },
  }, [o, matrix, bias]);
}

/**
 * o·F + b over the last axis, then the activation.
 *
 * @param o [..., C].
 * @param options F [C, D], b [D], activation.
 * @returns [..., D].
 */
export function affine(
  o: tf.Tensor,
  { matrix, bias, activation }: {
    readonly matrix: tf.Tensor2D;
    readonly bias: tf.Tensor;
    readonly activation: Activation | undefined;
  },
): tf.Tensor {
  const y = tf.matMul(asRows(o), matrix).add(bias);
  return activate(y, activation).reshape([...o.shape.slice(0, -1), matrix.shape[1]]);
}
