/**
 * Pools with padding by number. A pixel of padding is never the maximum, and does not count in an
 * average.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { ints, op } from "./op.ts";
import type { Kernel, KernelCall } from "./override.ts";
import {
  cropImage,
  normalizePad,
  type Pad,
  paddedShape,
  padImage,
  type WindowAttributes,
  type WindowInfo,
} from "./padding.ts";

interface PoolAttributes extends WindowAttributes {
  readonly filterSize: number | [number, number];
}

/** The lowest float32. */
const NEVER_THE_MAXIMUM = -3.4028234663852886e38;

function infoFor(shape: readonly number[], attrs: PoolAttributes): (pad: Pad) => WindowInfo {
  return (pad) =>
    tf.backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      attrs.filterSize,
      attrs.strides,
      1,
      pad as number,
      attrs.dimRoundingMode,
    );
}

/** The attributes with named padding, the geometry, and pixels of padding that has no name. */
function resolve(shape: readonly number[], attrs: PoolAttributes) {
  const infoOf = infoFor(shape, attrs);
  const pad = normalizePad(infoOf, attrs.pad);
  const named = { ...attrs, pad: typeof pad === "string" ? pad : "valid" };
  return {
    named,
    info: infoOf(pad),
    sides: typeof pad === "string" ? undefined : infoOf(pad).padInfo,
  };
}

function windowOf(info: WindowInfo) {
  return {
    ksize: [1, info.filterHeight, info.filterWidth, 1],
    strides: [1, info.strideHeight, info.strideWidth, 1],
    padding: "VALID",
  };
}

/** Factors that turn averages over whole windows into those over the pixels inside the image. */
function correction(shape: readonly number[], info: WindowInfo): tf.Tensor {
  const [, height, width] = shape as [number, number, number, number];
  const share = op(
    "AvgPool",
    [padImage(tf.ones([1, height, width, 1]), info.padInfo, 0)],
    windowOf(info),
  );
  return tf.reciprocal(share);
}

const maxPool: Kernel = {
  name: "MaxPool",
  run({ inputs, attrs, stock }: KernelCall<PoolAttributes>) {
    const x = inputs.x!;
    const { named, sides } = resolve(x.shape, attrs);
    return stock({ x: sides ? padImage(x, sides, NEVER_THE_MAXIMUM) : x }, named);
  },
};

const maxPoolGrad: Kernel = {
  name: "MaxPoolGrad",
  run({ inputs, attrs, stock }: KernelCall<PoolAttributes>) {
    const input = inputs.input!;
    const { named, sides } = resolve(input.shape, attrs);
    if (!sides) return stock(inputs, named);
    const padded = stock({ ...inputs, input: padImage(input, sides, NEVER_THE_MAXIMUM) }, named);
    return cropImage(padded, sides, input.shape);
  },
};

const avgPool: Kernel = {
  name: "AvgPool",
  run({ inputs, attrs, stock }: KernelCall<PoolAttributes>) {
    const x = inputs.x!;
    const { named, info, sides } = resolve(x.shape, attrs);
    if (!sides) return stock(inputs, named);
    return tf.mul(stock({ x: padImage(x, sides, 0) }, named), correction(x.shape, info));
  },
};

const avgPoolGrad: Kernel = {
  name: "AvgPoolGrad",
  run({ inputs, attrs, stock }: KernelCall<PoolAttributes>) {
    const { dy, input } = inputs as { dy: tf.Tensor; input: tf.Tensor };
    const { named, info, sides } = resolve(input.shape, attrs);
    if (!sides) return stock(inputs, named);
    const shares = tf.mul(dy, correction(input.shape, info));
    const shape = paddedShape(input.shape, sides);
    return cropImage(op("AvgPoolGrad", [ints(shape), shares], windowOf(info)), sides, input.shape);
  },
};

/** The kernels of pools and their gradients. */
export const poolKernels: readonly Kernel[] = [maxPool, maxPoolGrad, avgPool, avgPoolGrad];
