/**
 * Convolutions of the executor, whole and depthwise.
 *
 * @module
 */
import type {
  Convolution,
  ConvolutionOptions,
  DepthwiseOptions,
  Feature,
  FeatureShape,
} from "@espalier/supernet/engine";
import type { Attributes } from "../ffi/attribute.ts";
import type { TensorId } from "../ffi/eager_context.ts";
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
export function padFeature(tensors: Tensors, x: TensorFeature, padding: Sides): TensorFeature {
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

/** A feature without what padding has put around it; it frees the padded one. */
export function cropFeature(
  tensors: Tensors,
  padded: TensorId,
  { padding: [top, , left], shape }: { readonly padding: Sides; readonly shape: FeatureShape },
): TensorFeature {
  const start = tensors.ints(0, top, left, 0);
  const id = tensors.op("Slice", SLICE, padded, start, tensors.ints(...shape));
  tensors.context.dispose(padded);
  return tensors.feature(id, shape);
}

const SLICE = encode(
  { name: "T", kind: "type", value: "float32" },
  { name: "Index", kind: "type", value: "int32" },
);

/** Names of an op and of its gradients, and the shape of its kernel. */
interface Kind {
  readonly forward: string;
  readonly input: string;
  readonly kernel: string;
}

const WHOLE: Kind = {
  forward: "Conv2D",
  input: "Conv2DBackpropInput",
  kernel: "Conv2DBackpropFilter",
};

const DEPTHWISE: Kind = {
  forward: "DepthwiseConv2dNative",
  input: "DepthwiseConv2dNativeBackpropInput",
  kernel: "DepthwiseConv2dNativeBackpropFilter",
};

/** Run a convolution. */
export const convolve = (
  tensors: Tensors,
  x: TensorFeature,
  options: ConvolutionOptions,
): Convolution => run(tensors, x, { ...options, kind: WHOLE });

/** Run a depthwise convolution, whose kernel has one output a channel. */
export const filter = (
  tensors: Tensors,
  x: TensorFeature,
  { shape, ...options }: DepthwiseOptions,
): Convolution => run(tensors, x, { ...options, shape: [...shape, 1], kind: DEPTHWISE });

function run(
  tensors: Tensors,
  x: TensorFeature,
  { kind, ...options }: ConvolutionOptions & { readonly kind: Kind },
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
  const id = tensors.op(kind.forward, attributes, input.id, kernel);
  return {
    output: tensors.feature(id, context.shape(id) as unknown as FeatureShape),
    inputGradient(dy) {
      const sizes = tensors.ints(...input.shape), d = (dy as TensorFeature).id;
      const dId = tensors.op(kind.input, attributes, sizes, kernel, d);
      if (named) return tensors.feature(dId, x.shape);
      return cropFeature(tensors, dId, { padding: options.padding, shape: x.shape });
    },
    kernelGradient(dy) {
      const sizes = tensors.ints(...shape), d = (dy as TensorFeature).id;
      const gradient = tensors.take(tensors.op(kind.kernel, attributes, input.id, sizes, d));
      return isLarger ? moveKernel(gradient, { from: shape, to: options.shape, taps }) : gradient;
    },
    [Symbol.dispose]() {
      context.dispose(kernel, ...(named ? [] : [input.id]));
    },
  };
}
