import type {
  Convolution,
  ConvolutionOptions,
  DepthwiseOptions,
  Feature,
} from "@espalier/supernet/engine";
import { backend_util } from "@tensorflow/tfjs";
import { type ConvInfo, runForward, runInputGradient } from "../simd/convolution.ts";
import {
  depthwiseFilterGradient,
  type DepthwiseOperands,
  runDepthwise,
  runDepthwiseInputGradient,
} from "../simd/depthwise.ts";
import { filterGradient } from "../simd/filter_gradient.ts";
import type { Heap } from "../simd/heap.ts";
import type { Features } from "./features.ts";

function infoOf(
  { shape: [batch, height, width, channels] }: Feature,
  { shape: [rows, columns, from, to], strides: [down, across], padding }: Omit<
    ConvolutionOptions,
    "kernel"
  >,
): ConvInfo {
  const [top, bottom, left, right] = padding;
  return backend_util.computeConv2DInfo(
    [batch, height, width, channels],
    [rows, columns, from, to],
    [down, across],
    1,
    [[0, 0], [top, bottom], [left, right], [0, 0]],
    "floor",
  );
}

/** Features, and the heap that they are in. */
interface Place {
  readonly heap: Heap;
  readonly features: Features;
}

/** A convolution and its gradients, as routines on the heap. */
interface Kind {
  readonly forward: (heap: Heap, info: ConvInfo, operands: DepthwiseOperands) => void;
  readonly input: (heap: Heap, info: ConvInfo, operands: DepthwiseOperands) => void;
  readonly kernel: typeof filterGradient;
}

const WHOLE: Kind = {
  forward: runForward,
  input: runInputGradient,
  kernel: filterGradient,
};

const DEPTHWISE: Kind = {
  forward: runDepthwise,
  input: runDepthwiseInputGradient,
  kernel: depthwiseFilterGradient,
};

/** Run a convolution. */
export const convolve = (place: Place, x: Feature, options: ConvolutionOptions): Convolution =>
  run(place, x, { ...options, kind: WHOLE });

/** Run a depthwise convolution. */
export const filter = (
  place: Place,
  x: Feature,
  { shape: [rows, columns, channels], ...options }: DepthwiseOptions,
): Convolution =>
  run(place, x, { ...options, shape: [rows, columns, channels, channels], kind: DEPTHWISE });

function run(
  { heap, features }: Place,
  x: Feature,
  { kind, kernel, ...window }: ConvolutionOptions & { readonly kind: Kind },
): Convolution {
  const info = infoOf(x, window), at = (y: Feature) => features.pointer(y);
  return {
    output: features.make(
      info.outShape,
      (y) => kind.forward(heap, info, { x: at(x), kernel, out: at(y) }),
    ),
    inputGradient: (dy) =>
      features.make(
        x.shape,
        (dx) => kind.input(heap, info, { x: at(dy), kernel, out: at(dx) }),
      ),
    kernelGradient: (dy) => kind.kernel(heap, info, { x: at(x), dy: at(dy) }),
    [Symbol.dispose]() {},
  };
}
