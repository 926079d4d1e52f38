import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * The matrix of zero padding: the identity, with columns of zeros at its end.
 *
 * @param from Channels of the input.
 * @param to Channels of the output, at least `from`.
 * @returns [from · to] entries, row by row.
 */
export function paddingMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let i = 0; i < from; i++) matrix[i * to + i] = 1;
  return matrix;
}

/**
 * Append channels of zeros, differentiably.
 *
 * @param x [..., c].
 * @param channels The width wanted, at least c.
 * @returns [..., channels].
 */
export function padChannels(x: Tensor, channels: number): Tensor {
  const missing = channels - x.shape.at(-1)!;
  if (missing === 0) return x.clone();
  return tf.pad(x, x.shape.map((_, axis) => [0, axis === x.rank - 1 ? missing : 0]));
}
