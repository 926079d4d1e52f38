import * as tf from "@tensorflow/tfjs";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs";

/**
 * The 0/1 matrix of nearest-neighbour resizing:
 *
 *     out[t] = in[⌊t·c/C⌋]
 *
 * @param from c, channels of the input.
 * @param to C, channels of the output.
 * @returns [from · to] entries, row by row; every column has a single 1.
 */
export function nearestMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let t = 0; t < to; t++) matrix[Math.floor(t * from / to) * to + t] = 1;
  return matrix;
}

/**
 * Resize the last axis of `x` by repeating channels, differentiably.
 *
 * @param x [..., c].
 * @param channels The width wanted.
 * @returns [..., channels].
 */
export function repeatChannels(x: Tensor, channels: number): Tensor {
  const from = x.shape.at(-1)!;
  if (from === channels) return x.clone();
  return tf.tidy(() => {
    const rows: Tensor2D = tf.reshape(x, [-1, from]);
    const matrix = tf.tensor2d(nearestMatrix(from, channels), [from, channels]);
    return tf.reshape(tf.matMul(rows, matrix), [...x.shape.slice(0, -1), channels]);
  });
}
