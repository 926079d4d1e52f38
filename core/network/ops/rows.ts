import * as tf from "@tensorflow/tfjs";

/** View [..., C] as [N, C]. */
export function asRows(x: tf.Tensor): tf.Tensor2D {
  const channels = x.shape[x.rank - 1]!;
  return x.reshape([x.size / channels, channels]);
}

/** Sums over the rows of [N, C], as a product: engines do those fast at any width. */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.matMul(tf.ones([1, x.shape[0]]), x).reshape([x.shape[1]]) as tf.Tensor1D;
}

/** Mean and biased variance of each channel. */
export interface Moments {
  /** [C]. */
  readonly mean: tf.Tensor1D;
  /** [C]. */
  readonly variance: tf.Tensor1D;
}

/** |mean| ≤ 7 deviations: E[x²] − E[x]² then loses less than two of float32's seven digits. */
const SAFE_RATIO = 50;

/**
 * Mean and variance over the rows of [N, C] in one pass, or two where a mean is far larger than its
 * deviation and E[x²] − E[x]² would cancel.
 */
export function columnMoments(x: tf.Tensor2D): Moments {
  const count = x.shape[0];
  const mean = tf.div(columnSums(x), count) as tf.Tensor1D;
  const meanSquare = mean.square();
  const fast = tf.sub(tf.div(columnSums(x.square()), count), meanSquare) as tf.Tensor1D;
  const safe = tf.all(tf.lessEqual(meanSquare, tf.mul(fast, SAFE_RATIO))).dataSync()[0] === 1;
  return { mean, variance: safe ? fast : tf.div(columnSums(tf.square(tf.sub(x, mean))), count) };
}

/** Gradient of an activation, by its value: dy where the function is not flat, else 0. */
export function maskGradient(
  dy: tf.Tensor,
  y: tf.Tensor,
  activation: "relu" | "relu6" | undefined,
): tf.Tensor {
  if (activation === undefined) return dy;
  const open = tf.mul(dy, tf.step(y));
  return activation === "relu" ? open : tf.mul(open, tf.step(tf.sub(6, y)));
}

/** Apply an activation, if any. */
export function activate<T extends tf.Tensor>(
  x: T,
  activation: "relu" | "relu6" | undefined,
): T {
  if (activation === undefined) return x;
  return activation === "relu" ? tf.relu(x) : tf.relu6(x);
}
