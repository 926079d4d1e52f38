/**
 * Batch norm with given moments, and its gradient.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Gradient, Kernel, KernelCall } from "./override.ts";
import { channelsOf, channelSums, scaleChannels, spread, view } from "./view.ts";

interface NormAttributes {
  readonly varianceEpsilon: number;
}

/** TensorFlow's own op is fast on multiples of this many channels, which fill whole vectors. */
const VECTOR = 16;

function inverseDeviation(variance: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

/** Forward: one multiplication and one addition where TensorFlow's op is slow. */
export const batchNormKernel: Kernel = {
  name: "FusedBatchNorm",
  run({ inputs, attrs, stock }: KernelCall<NormAttributes>) {
    const { x, mean, variance, scale, offset } = inputs as Record<string, tf.Tensor>;
    if (mean!.rank !== 1 || channelsOf(x!) % VECTOR === 0) return stock(inputs, attrs);
    const inverse = inverseDeviation(variance!, attrs.varianceEpsilon);
    const factor = scale ? tf.mul(inverse, scale) : inverse;
    const shift = tf.neg(tf.mul(mean!, factor));
    return scaleChannels(x!, { factor, term: offset ? tf.add(shift, offset) : shift });
  },
};

const SUMS = "EspalierChannelSums";

/** Sums over the pixels of an image [..., C], by channel. */
export const channelSumsKernel: Kernel = {
  name: SUMS,
  run: ({ inputs }) => channelSums(inputs.x!),
};

/** Every pixel gets the gradient of its channel's sum. */
export const channelSumsGradient: Gradient = {
  name: SUMS,
  inputsToSave: ["x"],
  run: (dy, [x]) => ({ x: () => tf.broadcastTo(dy, x!.shape) }),
};

function sums(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(SUMS, { x }) as tf.Tensor;
}

/** Backward: two sums and one multiplication over the image. */
export const batchNormGradient: Gradient = {
  name: "FusedBatchNorm",
  run(dy, saved, attrs: NormAttributes, stock) {
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    if (mean.rank !== 1) return stock();
    const inverse = inverseDeviation(variance, attrs.varianceEpsilon);
    const factor = scale ? tf.mul(inverse, scale) : inverse;
    const sumDy = sums(dy);
    const centered = tf.reshape(tf.sub(view(x), spread(mean, x)), x.shape);
    const sumCentered = sums(tf.mul(dy, centered));
    return {
      x: () => scaleChannels(dy, { factor }),
      mean: () => tf.neg(tf.mul(sumDy, factor)),
      variance: () => tf.mul(tf.mul(sumCentered, factor), tf.mul(tf.square(inverse), -0.5)),
      scale: () => tf.mul(sumCentered, inverse),
      offset: () => sumDy,
    };
  },
};
