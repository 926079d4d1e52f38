/**
 * What an engine may offer besides TensorFlow.js's kernels: passes over features in its own memory,
 * which the executor puts together without a tape.
 *
 * @module
 */
import type { Padding, Size } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";

/** Numbers in the engine's memory: [batch, height, width, channels], row by row. */
export interface Feature {
  /** Dimensions. */
  readonly shape: FeatureShape;
}

/** Dimensions of a feature. */
export type FeatureShape = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
];

/** A convolution to run. */
export interface ConvolutionOptions {
  /** [rows, columns, in, out], row by row. */
  readonly kernel: Float32Array;
  /** Dimensions of the kernel. */
  readonly shape: readonly [rows: number, columns: number, from: number, to: number];
  /** Step between outputs. */
  readonly strides: Size;
  /** Zeros around the input. */
  readonly padding: Padding;
}

/** A depthwise convolution to run: each channel has a filter of its own. */
export interface DepthwiseOptions {
  /** [rows, columns, channels], row by row. */
  readonly kernel: Float32Array;
  /** Dimensions of the kernel. */
  readonly shape: readonly [rows: number, columns: number, channels: number];
  /** Step between outputs. */
  readonly strides: Size;
  /** Zeros around the input. */
  readonly padding: Padding;
}

/** A convolution that was run. It may read its input again until it is disposed. */
export interface Convolution extends Disposable {
  /** [batch, height', width', out]; the caller's, who frees it before asking for gradients. */
  readonly output: Feature;
  /** Gradient with respect to the input, given that of the output. */
  inputGradient(dy: Feature): Feature;
  /** Gradient with respect to the kernel, given that of the output. */
  kernelGradient(dy: Feature): Float32Array;
}

/** A pooling that was run. It may read its input again until it is disposed. */
export interface Pooling extends Disposable {
  /** [batch, height', width', channels]; the caller's, who keeps it until the gradient is there. */
  readonly output: Feature;
  /** Gradient with respect to the input. */
  gradient(dy: Feature): Feature;
}

/** Windows of a pooling. */
export interface PoolingOptions {
  /** What is taken of a window. */
  readonly pool: "max" | "average";
  /** Height and width of a window. */
  readonly size: Size;
  /** Step between windows. */
  readonly strides: Size;
  /** Rows and columns around the input, which count neither in a maximum nor in an average. */
  readonly padding: Padding;
}

/** A map of channels. */
export interface RowMap {
  /** [C, D] row by row; of a diagonal map its D entries, D ≤ C. */
  readonly matrix: Float32Array;
  /** Whether the matrix is diagonal. */
  readonly diagonal: boolean;
  /** [D]. */
  readonly bias: Float32Array;
  /** Added into the first channels, of which it may have more or fewer than D. */
  readonly residual?: Feature | undefined;
  /** Factor of the residual by channel, [D]. Absent: 1. */
  readonly scale?: Float32Array;
  /** Whether relu is applied at the end. */
  readonly relu: boolean;
  /** The largest value behind relu, as 6 of relu6. Absent: there is none. */
  readonly max?: number | undefined;
}

/** What the gradient of a map of channels needs. */
export interface RowMapGradientOptions {
  /** Gradients of the result, one a reader; of wider ones the first D channels count. */
  readonly dys: readonly Feature[];
  /** D. */
  readonly channels: number;
  /** The result of a relu: the gradient counts where it is above 0, and below `max`. */
  readonly y?: Feature | undefined;
  /** The largest value behind that relu. */
  readonly max?: number | undefined;
  /** Whether the matrix is diagonal; D ≤ C then. */
  readonly diagonal: boolean;
}

/** What the gradient of a map of channels gives. */
export interface RowMapGradient {
  /** Gradient before the activation, [..., D]. */
  readonly d: Feature;
  /** Its sum over the pixels, [D]. */
  readonly bias: Float64Array;
  /** xᵀ·d, [C, D]; of a diagonal map Σ x∘d, [D]. */
  readonly matrix: Float64Array;
}

/** What the passes of an engine may not know yet. */
export type Lack =
  /** Padding of pools. */
  | "pool-padding"
  /** `max` of a relu. */
  | "max";

/**
 * Passes over features. All are synchronous; features that they return are the caller's to free, and
 * arrays are the caller's to keep.
 *
 * What is optional, or named in `lacks`, the executor composes of the rest (complete_ops.ts): an engine
 * adds it where it is faster.
 */
export interface ExecutorOps {
  /** Make a feature of numbers on the host. */
  upload(values: Float32Array, shape: FeatureShape): Feature;
  /** Copy a feature to the host. */
  read(x: Feature): Float32Array;
  /** Free features. */
  free(...xs: readonly Feature[]): void;
  /** Convolve. */
  convolve(x: Feature, options: ConvolutionOptions): Convolution;
  /** Pool. */
  pool(x: Feature, options: PoolingOptions): Pooling;
  /** Mean and biased variance of each channel, accurate where |mean| ≫ deviation too. */
  moments(x: Feature): { readonly mean: Float64Array; readonly variance: Float64Array };
  /** relu?(x·matrix + bias + residual∘scale), [..., D]. */
  affine(x: Feature, map: RowMap): Feature;
  /** Gradient of `affine` with respect to matrix and bias, and before its activation. */
  affineGradient(x: Feature, options: RowMapGradientOptions): RowMapGradient;
  /** Convolve each channel by itself. Absent: TensorFlow.js does. */
  depthwise?(x: Feature, options: DepthwiseOptions): Convolution;
  /** The same numbers in another shape. Absent: by a copy on the host. */
  view?(x: Feature, shape: FeatureShape): Feature;
  /** A tensor of TensorFlow.js of the same numbers, the caller's to dispose. Absent: by a copy. */
  toTensor?(x: Feature): tf.Tensor4D;
  /** A feature of the same numbers as a tensor's, which stays the caller's. Absent: by a copy. */
  fromTensor?(x: tf.Tensor4D): Feature;
  /** What the passes above do not know. */
  readonly lacks?: readonly Lack[];
}
