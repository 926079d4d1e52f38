import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/**
 * Σ |γ| over the scales of all batch norms.
 *
 * Source: Liu, Li, Shen, Huang, Yan, Zhang, "Learning Efficient Convolutional Networks through Network
 * Slimming" (ICCV 2017), eq. 1.
 *
 * @param parameters Arrays by name; scales are called `…/gamma`.
 * @returns The sum; 0 where there is no scale.
 */
export function scaleNorm(parameters: ReadonlyMap<string, Tensor>): Scalar {
  const scales = [...parameters].filter(([name]) => name.endsWith("/gamma"));
  return tf.tidy(() =>
    scales.reduce<Scalar>((sum, [, gamma]) => sum.add(gamma.abs().sum()), tf.scalar(0))
  );
}
