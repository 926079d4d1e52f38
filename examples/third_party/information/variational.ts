import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";

/** Least variance, so that the loss stays finite. */
const LEAST = 1e-5;

/** What a tap has learned about the teacher's features. */
export interface Regression {
  /** R, [channels of the student, channels of the teacher]. */
  readonly regressor: Tensor2D;
  /** α of each channel of the teacher. */
  readonly alpha: Tensor1D;
}

/**
 * σ² = log(1 + e^α) + 1e-5.
 *
 * @param alpha α, [channels].
 * @returns Variances, [channels].
 */
export function variances(alpha: Tensor1D): Tensor1D {
  return tf.tidy(() => tf.add(tf.softplus(alpha), LEAST) as Tensor1D);
}

/**
 * α at which the variance is a number.
 *
 * @param variance σ², above 1e-5.
 * @returns α.
 */
export function alphaOf(variance: number): number {
  return Math.log(Math.expm1(variance - LEAST));
}

/**
 * ½ log σ² + (t − xR)² / 2σ², mean over images, positions and the teacher's channels: up to a constant
 * the negative log likelihood of the teacher's features by a Gaussian around the student's.
 *
 * Source: Ahn et al., "Variational Information Distillation for Knowledge Transfer" (CVPR 2019), eq. 4
 * to 6, with a linear map in the place of small networks.
 *
 * @param student x, [batch, …, channels of the student].
 * @param teacher t, [batch, …, channels of the teacher].
 * @param regression R and α.
 * @returns The term, differentiable with respect to x, R and α.
 */
export function informationLoss(
  student: Tensor,
  teacher: Tensor,
  { regressor, alpha }: Regression,
): Scalar {
  return tf.tidy(() => {
    const [from, to] = regressor.shape;
    const guess = tf.matMul(student.reshape<Tensor2D>([-1, from]), regressor);
    const missed = tf.square(tf.sub(teacher.reshape([-1, to]), guess));
    const variance = variances(alpha);
    return tf.mean(tf.add(tf.div(missed, variance), tf.log(variance))).div<Scalar>(2);
  });
}
