/**
 * Convolutions and pools of the executor.
 *
 * @module
 */
import type {
  Convolution,
  ConvolutionOptions,
  Feature,
  FeatureShape,
  Pooling,
  PoolingOptions,
} from "@espalier/supernet/engine";
import type { Attributes } from "../ffi/attribute.ts";
import { overrunsKernelGradient } from "../kernel_overrun.ts";
import { encode, type TensorFeature, type Tensors } from "./tensors.ts";

type KernelShape = ConvolutionOptions["shape"];
type Sides = ConvolutionOptions["padding"];

/** A window in TensorFlow's terms. */
interface Window {
  readonly shape: KernelShape;
  readonly padding: "SAME" | "VALID";
}

/** Rows (or columns) that TensorFlow's "same" puts before and after. */
function samePadding(
  size: number,
  { window, stride }: { readonly window: number; readonly stride: number },
): readonly [number, number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function outputSize(
  size: number,
  { window, stride, before, after }: {
    readonly window: number;
    readonly stride: number;
    readonly before: number;
    readonly after: number;
  },
): number {
  return Math.floor((size + before + after - window) / stride) + 1;
}

/**
 * A window with named padding that gives the same output, since TensorFlow's explicit padding has
 * no fast gradient. It is that of the kernel itself, or of the kernel with a row and a column of
 * zeros added at its end.
 */
function nameWindow(
  { shape: [, height, width] }: Feature,
  options: ConvolutionOptions,
): Window | undefined {
  const { shape: [rows, columns, from, to], strides, padding } = options;
  const [top, bottom, left, right] = padding;
  const unsafe = overrunsKernelGradient([rows, columns, from], strides);
  if (top + bottom + left + right === 0 && !unsafe) {
    return { shape: [rows, columns, from, to], padding: "VALID" };
  }
  for (const more of unsafe ? [1] : [0, 1]) {
    const window = { rows: rows + more, columns: columns + more };
    const tall = samePadding(height, { window: window.rows, stride: strides[0] });
    const wide = samePadding(width, { window: window.columns, stride: strides[1] });
    const isThat = tall[0] === top && wide[0] === left &&
      outputSize(height, { window: rows, stride: strides[0], before: top, after: bottom }) ===
        Math.ceil(height / strides[0]) &&
      outputSize(width, { window: columns, stride: strides[1], before: left, after: right }) ===
        Math.ceil(width / strides[1]);
    if (isThat) return { shape: [window.rows, window.columns, from, to], padding: "SAME" };
  }
  return undefined;
}

/** Copy a kernel into one with more rows and columns, or back out of it. */
function moveKernel(
  source: Float32Array,
  { from, to, taps }: {
    readonly from: KernelShape;
    readonly to: KernelShape;
    readonly taps: readonly [number, number];
  },
): Float32Array {
  const size = from[2] * from[3];
  const target = new Float32Array(to[0] * to[1] * size);
  for (let y = 0; y < taps[0]; y++) {
    for (let x = 0; x < taps[1]; x++) {
      const at = (y * from[1] + x) * size;
      target.set(source.subarray(at, at + size), (y * to[1] + x) * size);
    }
  }
  return target;
}

const cache = new Map<string, Attributes>();

function windowAttributes(strides: readonly [number, number], padding: string): Attributes {
  const key = `${strides}${padding}`;
  let made = cache.get(key);
  if (made === undefined) {
    made = encode(
      { name: "T", kind: "type", value: "float32" },
      { name: "strides", kind: "int[]", value: [1, ...strides, 1] },
      { name: "padding", kind: "string", value: padding },
      { name: "data_format", kind: "string", value: "NHWC" },
    );
    cache.set(key, made);
  }
  return made;
}

/** x with zeros around it, [batch, height', width', channels]. */
function padFeature(tensors: Tensors, x: TensorFeature, padding: Sides): TensorFeature {
  const [top, bottom, left, right] = padding;
  const [batch, height, width, channels] = x.shape;
  const sides = tensors.context.tensor(
    [4, 2],
    "int32",
    Int32Array.of(0, 0, top, bottom, left, right, 0, 0),
  );
  const id = tensors.op("Pad", PAD, x.id, sides);
  tensors.context.dispose(sides);
  return { id, shape: [batch, height + top + bottom, width + left + right, channels] };
}

const PAD = encode(
  { name: "T", kind: "type", value: "float32" },
  { name: "Tpaddings", kind: "type", value: "int32" },
);

const SLICE = encode(
  { name: "T", kind: "type", value: "float32" },
  { name: "Index", kind: "type", value: "int32" },
);

/** Run a convolution. */
export function convolve(
  tensors: Tensors,
  x: TensorFeature,
  options: ConvolutionOptions,
): Convolution {
  const { context } = tensors;
  const named = nameWindow(x, options);
  const input = named ? x : padFeature(tensors, x, options.padding);
  const { padding, shape } = named ?? nameWindow(input, { ...options, padding: [0, 0, 0, 0] })!;
  const taps = [options.shape[0], options.shape[1]] as const;
  const isLarger = shape[0] !== taps[0];
  const values = isLarger
    ? moveKernel(options.kernel, { from: options.shape, to: shape, taps })
    : options.kernel;
  const kernel = tensors.floats(values, ...shape);
  const attributes = windowAttributes(options.strides, padding);
  const id = tensors.op("Conv2D", attributes, input.id, kernel);
  const [batch] = x.shape;
  const sizes = context.shape(id);
  const output = tensors.feature(id, [batch, sizes[1]!, sizes[2]!, shape[3]]);
  return {
    output,
    inputGradient(dy) {
      const dId = tensors.op(
        "Conv2DBackpropInput",
        attributes,
        tensors.ints(...input.shape),
        kernel,
        (dy as TensorFeature).id,
      );
      if (named) return tensors.feature(dId, x.shape);
      const start = tensors.ints(0, options.padding[0], options.padding[2], 0);
      const cut = tensors.op("Slice", SLICE, dId, start, tensors.ints(...x.shape));
      context.dispose(dId);
      return tensors.feature(cut, x.shape);
    },
    kernelGradient(dy) {
      const gradient = tensors.take(tensors.op(
        "Conv2DBackpropFilter",
        attributes,
        input.id,
        tensors.ints(...shape),
        (dy as TensorFeature).id,
      ));
      return isLarger ? moveKernel(gradient, { from: shape, to: options.shape, taps }) : gradient;
    },
    [Symbol.dispose]() {
      context.dispose(kernel, ...(named ? [] : [input.id]));
    },
  };
}

function poolAttributes({ size, strides }: PoolingOptions): Attributes {
  const key = `pool${size}/${strides}`;
  let made = cache.get(key);
  if (made === undefined) {
    made = encode(
      { name: "T", kind: "type", value: "float32" },
      { name: "ksize", kind: "int[]", value: [1, ...size, 1] },
      { name: "strides", kind: "int[]", value: [1, ...strides, 1] },
      { name: "padding", kind: "string", value: "VALID" },
      { name: "data_format", kind: "string", value: "NHWC" },
    );
    cache.set(key, made);
  }
  return made;
}

/** Run a pooling without padding. */
export function pool(tensors: Tensors, x: TensorFeature, options: PoolingOptions): Pooling {
  const { context } = tensors;
  const isMax = options.pool === "max";
  const attributes = poolAttributes(options);
  const id = tensors.op(isMax ? "MaxPool" : "AvgPool", attributes, x.id);
  const shape = context.shape(id) as unknown as FeatureShape;
  return {
    output: tensors.feature(id, shape),
    gradient(dy) {
      const d = (dy as TensorFeature).id;
      const dx = isMax
        ? tensors.op("MaxPoolGrad", attributes, x.id, id, d)
        : tensors.op("AvgPoolGrad", attributes, tensors.ints(...x.shape), d);
      return tensors.feature(dx, x.shape);
    },
    [Symbol.dispose]() {},
  };
}
