/**
 * Pools of the executor.
 *
 * @module
 */
import type { FeatureShape, Pooling, PoolingOptions } from "@espalier/supernet/engine";
import type { Attributes } from "../ffi/attribute.ts";
import { cropFeature, padFeature } from "./convolution.ts";
import { attributes, encode, type TensorFeature, type Tensors } from "./tensors.ts";

const cache = new Map<string, Attributes>();

const isPadded = ({ padding }: PoolingOptions): boolean => padding.some((count) => count > 0);

function poolAttributes(options: PoolingOptions): Attributes {
  const { pool, size, strides, padding: [top, bottom, left, right] } = options;
  // TensorFlow pads maxima by number, means not.
  const isExplicit = pool === "max" && isPadded(options);
  const key = `${size}/${strides}/${isExplicit ? options.padding : ""}`;
  let made = cache.get(key);
  if (made === undefined) {
    made = encode(
      { name: "T", kind: "type", value: "float32" },
      { name: "ksize", kind: "int[]", value: [1, ...size, 1] },
      { name: "strides", kind: "int[]", value: [1, ...strides, 1] },
      { name: "padding", kind: "string", value: isExplicit ? "EXPLICIT" : "VALID" },
      { name: "data_format", kind: "string", value: "NHWC" },
      ...isExplicit
        ? [
          {
            name: "explicit_paddings",
            kind: "int[]",
            value: [0, 0, top, bottom, left, right, 0, 0],
          } as const,
        ]
        : [],
    );
    cache.set(key, made);
  }
  return made;
}

/** Run a pooling. */
export function pool(tensors: Tensors, x: TensorFeature, options: PoolingOptions): Pooling {
  if (options.pool === "max") return maxPool(tensors, x, options);
  return isPadded(options) ? paddedMeans(tensors, x, options) : means(tensors, x, options);
}

function maxPool(tensors: Tensors, x: TensorFeature, options: PoolingOptions): Pooling {
  const own = poolAttributes(options), id = tensors.op("MaxPool", own, x.id);
  return {
    output: tensors.feature(id, tensors.context.shape(id) as unknown as FeatureShape),
    gradient: (dy) =>
      tensors.feature(
        tensors.op("MaxPoolGrad", own, x.id, id, (dy as TensorFeature).id),
        x.shape,
      ),
    [Symbol.dispose]() {},
  };
}

function means(tensors: Tensors, x: TensorFeature, options: PoolingOptions): Pooling {
  const own = poolAttributes(options), id = tensors.op("AvgPool", own, x.id);
  return {
    output: tensors.feature(id, tensors.context.shape(id) as unknown as FeatureShape),
    gradient(dy) {
      const d = (dy as TensorFeature).id;
      const dx = tensors.op("AvgPoolGrad", own, tensors.ints(...x.shape), d);
      return tensors.feature(dx, x.shape);
    },
    [Symbol.dispose]() {},
  };
}

/** Means over whole windows of an image with zeros around it, over the share of each window inside. */
function paddedMeans(tensors: Tensors, x: TensorFeature, options: PoolingOptions): Pooling {
  const { context } = tensors, { padding } = options;
  const own = poolAttributes(options), [, height, width] = x.shape;
  const ones = tensors.feature(
    tensors.floats(new Float32Array(height * width).fill(1), 1, height, width, 1),
    [1, height, width, 1],
  );
  const padded = padFeature(tensors, ones, padding);
  const share = tensors.op("AvgPool", own, padded.id);
  const image = padFeature(tensors, x, padding);
  const whole = tensors.op("AvgPool", own, image.id);
  const id = tensors.op("RealDiv", attributes.float, whole, share);
  context.dispose(ones.id, padded.id, image.id, whole);
  return {
    output: tensors.feature(id, context.shape(id) as unknown as FeatureShape),
    gradient(dy) {
      const shares = tensors.op("RealDiv", attributes.float, (dy as TensorFeature).id, share);
      const dx = tensors.op("AvgPoolGrad", own, tensors.ints(...image.shape), shares);
      context.dispose(shares);
      return cropFeature(tensors, dx, { padding, shape: x.shape });
    },
    [Symbol.dispose]: () => context.dispose(share),
  };
}
