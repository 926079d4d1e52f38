import type { Size } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** A kernel with zeros between its taps: engines lack the gradients of dilated convolutions. */
export function dilate(kernel: tf.Tensor4D, [dy, dx]: Size): tf.Tensor4D {
  if (dy === 1 && dx === 1) return kernel;
  const [rows, columns, from, to] = kernel.shape;
  const spread = tf.pad(kernel.reshape([rows, 1, columns, 1, from * to]), [
    [0, 0],
    [0, dy - 1],
    [0, 0],
    [0, dx - 1],
    [0, 0],
  ]).reshape([rows * dy, columns * dx, from, to]) as tf.Tensor4D;
  return tf.slice(spread, [0, 0, 0, 0], [(rows - 1) * dy + 1, (columns - 1) * dx + 1, from, to]);
}
