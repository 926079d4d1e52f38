/**
 * Rows of 16 pixels.
 *
 * TensorFlow's elementwise code is slow on a few channels. [N, C] viewed as [N/16, 16·C] holds the
 * same numbers and is read in long runs; sums over pixels are one op on it (`BiasAddGrad`), after
 * which 16 groups are left to add.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";

const GROUP = 16;

/** Channels of [..., C]. */
export function channelsOf(x: tf.TensorInfo): number {
  return x.shape[x.shape.length - 1]!;
}

/** Pixels of [..., C]. */
export function pixelsOf(x: tf.TensorInfo): number {
  return tf.util.sizeFromShape(x.shape) / channelsOf(x);
}

/** Pixels in one row of the view: 16, or 1 where the number of pixels is no multiple of 16. */
export function groupOf(x: tf.TensorInfo): number {
  return pixelsOf(x) % GROUP === 0 ? GROUP : 1;
}

/** View [..., C] as [rows, group · C]. */
export function view(x: tf.Tensor): tf.Tensor2D {
  const width = groupOf(x) * channelsOf(x);
  return tf.reshape(x, [x.size / width, width]);
}

/** A value for each channel [C], repeated as in the view of x. */
export function spread(perChannel: tf.Tensor, x: tf.TensorInfo): tf.Tensor {
  return tf.tile(perChannel, [groupOf(x)]);
}

/** Sums over the pixels of [..., C]. */
export function channelSums(x: tf.Tensor): tf.Tensor {
  const group = groupOf(x);
  const sums = op("BiasAddGrad", [view(x)]);
  return group === 1 ? sums : tf.sum(tf.reshape(sums, [group, channelsOf(x)]), 0);
}

/** x ∘ factor + term, by channel. */
export function scaleChannels(
  x: tf.Tensor,
  { factor, term }: { readonly factor: tf.Tensor; readonly term?: tf.Tensor | undefined },
): tf.Tensor {
  const scaled = tf.mul(view(x), spread(factor, x));
  return tf.reshape(term ? tf.add(scaled, spread(term, x)) : scaled, x.shape);
}
