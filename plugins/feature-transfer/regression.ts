import type { HostTensor } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";

/**
 * First values of a regressor: each channel of the student goes to the channel that it was in the
 * teacher.
 *
 * @param kept Channels of the teacher, by channel of the student; what the teacher lacks goes nowhere.
 * @param channels Of the teacher.
 * @returns [kept.length, channels] of 0 and 1.
 */
export function firstRegressor(kept: readonly number[], channels: number): HostTensor {
  const values = new Float32Array(kept.length * channels);
  kept.forEach((channel, i) => {
    if (channel < channels) values[i * channels + channel] = 1;
  });
  return { shape: [kept.length, channels], values };
}

/**
 * ½ mean (x R − y)² over images, positions and channels: what a learned regressor R, a 1×1 convolution,
 * tells of the teacher's features y by the student's x.
 *
 * Source: Romero et al., "FitNets" (ICLR 2015), eq. 3, with the mean in the place of the sum.
 *
 * @param student x, [batch, …, channels of the student].
 * @param options y, [batch, …, channels of the teacher]; R, [channels of the student, of the teacher].
 * @returns The distance.
 */
export function regressionDistance(
  student: Tensor,
  { teacher, regressor }: { readonly teacher: Tensor; readonly regressor: Tensor },
): Scalar {
  const rows = (x: Tensor) => x.reshape<Tensor2D>([-1, x.shape.at(-1)!]);
  return tf.tidy(() =>
    rows(student).matMul(regressor).sub(rows(teacher)).square().mean<Scalar>().div(2)
  );
}
