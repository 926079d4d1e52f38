/**
 * Batch norm with given moments, and its gradient.
 *
 * TensorFlow's elementwise code is slow on a few channels: rows of 16 pixels with 16 times the
 * channels hold the same numbers and are read in long runs. Its own inference op is faster only
 * where the channels fill its vectors. Sums over pixels are one op on that view (`BiasAddGrad`).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";
import type { Gradient, Kernel, KernelCall } from "./override.ts";

interface NormAttributes {
  readonly varianceEpsilon: number;
}

const GROUP = 16;

/** Pixels that one row of the view takes. */
function groupOf(x: tf.Tensor, channels: number): number {
  return (x.size / channels) % GROUP === 0 ? GROUP : 1;
}

/** A view of [..., C] as [rows, group · C]. */
function view(x: tf.Tensor, channels: number): tf.Tensor2D {
  const width = groupOf(x, channels) * channels;
  return tf.reshape(x, [x.size / width, width]);
}

/** A value for each channel, repeated as in the view of x. */
function spread(perChannel: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const channels = perChannel.size;
  return tf.tile(perChannel, [groupOf(x, channels)]);
}

/** Sums over all pixels, by channel. */
function channelSums(x: tf.Tensor, channels: number): tf.Tensor {
  const sums = op("BiasAddGrad", [view(x, channels)]);
  return tf.sum(tf.reshape(sums, [groupOf(x, channels), channels]), 0);
}

function inverseDeviation(variance: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

/** Forward: one multiplication and one addition where tfjs-node's op is slow. */
export const batchNormKernel: Kernel = {
  name: "FusedBatchNorm",
  run({ inputs, attrs, stock }: KernelCall<NormAttributes>) {
    const { x, mean, variance, scale, offset } = inputs as Record<string, tf.Tensor>;
    const channels = mean!.size;
    if (mean!.rank !== 1 || channels % GROUP === 0) return stock(inputs, attrs);
    const inverse = inverseDeviation(variance!, attrs.varianceEpsilon);
    const factor = scale ? tf.mul(inverse, scale) : inverse;
    const shifted = tf.neg(tf.mul(mean!, factor));
    const term = offset ? tf.add(shifted, offset) : shifted;
    const scaled = tf.mul(view(x!, channels), spread(factor, x!));
    return tf.reshape(tf.add(scaled, spread(term, x!)), x!.shape);
  },
};

/** The sums over pixels that the gradients of all but x are made of. */
const SUMS = "EspalierChannelSums";

/** Sums over all pixels of an image, by channel. */
export const channelSumsKernel: Kernel = {
  name: SUMS,
  run: ({ inputs, attrs: { channels } }: KernelCall<{ channels: number }>) =>
    channelSums(inputs.x!, channels),
};

function sums(x: tf.Tensor, channels: number): tf.Tensor {
  return tf.engine().runKernel(SUMS, { x }, { channels }) as tf.Tensor;
}

/** The gradient of channel sums: every pixel gets the gradient of its channel's sum. */
export const channelSumsGradient: Gradient = {
  name: SUMS,
  inputsToSave: ["x"],
  run: (dy, [x]) => ({ x: () => tf.broadcastTo(dy, x!.shape) }),
};

/** Backward: two sums and one multiplication over the image. */
export const batchNormGradient: Gradient = {
  name: "FusedBatchNorm",
  run(dy, saved, attrs: NormAttributes, stock) {
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    if (mean.rank !== 1) return stock();
    const channels = mean.size;
    const inverse = inverseDeviation(variance, attrs.varianceEpsilon);
    const factor = scale ? tf.mul(inverse, scale) : inverse;
    const sumDy = sums(dy, channels);
    const centered = tf.sub(view(x, channels), spread(mean, x));
    const sumCentered = sums(tf.mul(view(dy, channels), centered), channels);
    return {
      x: () => tf.reshape(tf.mul(view(dy, channels), spread(factor, dy)), x.shape),
      mean: () => tf.neg(tf.mul(sumDy, factor)),
      variance: () => tf.mul(tf.mul(sumCentered, factor), tf.mul(tf.square(inverse), -0.5)),
      scale: () => tf.mul(sumCentered, inverse),
      offset: () => sumDy,
    };
  },
};
