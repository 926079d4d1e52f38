import * as tf from "@tensorflow/tfjs";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs";

/**
 * The matrix of channel-wise interpolation, adaptive average pooling over channels:
 *
 *     out[t] = mean(in[⌊t·c/C⌋ … ⌈(t + 1)·c/C⌉ − 1])
 *
 * Source: TAS (NeurIPS 2019), section 3.1, "channel-wise interpolation" (CWI).
 *
 * @example Two channels to three
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { interpolationMatrix } from "@espalier/plugin-cwi";
 *
 * assertEquals([...interpolationMatrix(2, 3)], [1, 0.5, 0, 0, 0.5, 1]);
 * ```
 *
 * @param from c, channels of the input.
 * @param to C, channels of the output.
 * @returns [from · to] entries, row by row; every column sums to 1.
 */
export function interpolationMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let t = 0; t < to; t++) {
    const start = Math.floor(t * from / to);
    const end = Math.ceil((t + 1) * from / to);
    for (let i = start; i < end; i++) matrix[i * to + t] = 1 / (end - start);
  }
  return matrix;
}

/**
 * Interpolate the last axis of `x` to `channels` entries, differentiably.
 *
 * @example Widen a feature
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 * import { interpolateChannels } from "@espalier/plugin-cwi";
 *
 * const wide = interpolateChannels(tf.tensor([[2, 4]]), 3);
 * assertEquals(wide.arraySync(), [[2, 3, 4]]);
 * ```
 *
 * @param x [..., c].
 * @param channels The width wanted.
 * @returns [..., channels].
 */
export function interpolateChannels(x: Tensor, channels: number): Tensor {
  const from = x.shape.at(-1)!;
  if (from === channels) return x.clone();
  return tf.tidy(() => {
    const matrix = tf.tensor2d(interpolationMatrix(from, channels), [from, channels]);
    const rows: Tensor2D = tf.reshape(x, [-1, from]);
    return tf.reshape(tf.matMul(rows, matrix), [...x.shape.slice(0, -1), channels]);
  });
}
