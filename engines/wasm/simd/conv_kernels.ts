/**
 * TensorFlow.js's convolution kernels, computed by the routines of this folder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type ConvInfo, type Finish, runForward, runInputGradient } from "./convolution.ts";
import { filterGradient } from "./filter_gradient.ts";
import { heapOf, valuesOf, type WasmBackend } from "./heap.ts";

type Shape = [number, number, number, number];

/** Arguments of a convolution kernel. */
export interface ConvArguments {
  /** Tensors by name. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Options of the convolution. */
  readonly attrs: {
    readonly strides: number | [number, number];
    readonly pad: tf.backend_util.ExplicitPadding | "valid" | "same" | number;
    readonly dataFormat: string;
    readonly dilations?: number | [number, number];
    readonly dimRoundingMode?: "floor" | "round" | "ceil";
    readonly inputShape?: number[];
    readonly filterShape?: number[];
    readonly activation?: string;
  };
  /** The backend that holds the tensors. */
  readonly backend: WasmBackend;
}

/** A kernel that handles some calls and declines the others. */
export interface ConvKernel {
  /** Whether the kernel handles a call. */
  readonly takes: (args: ConvArguments) => boolean;
  /** Compute it. */
  readonly run: (args: ConvArguments) => tf.TensorInfo;
}

function infoOf(args: ConvArguments): ConvInfo {
  const { inputs, attrs } = args;
  return tf.backend_util.computeConv2DInfo(
    (attrs.inputShape ?? inputs["x"]!.shape) as Shape,
    (attrs.filterShape ?? inputs["filter"]!.shape) as Shape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    "channelsLast",
  );
}

function takes({ inputs, attrs }: ConvArguments): boolean {
  return attrs.dataFormat === "NHWC" && [attrs.dilations ?? 1].flat().every((d) => d === 1) &&
    Object.values(inputs).every(({ shape, dtype }) =>
      dtype === "float32" && tf.util.sizeFromShape(shape) > 0
    );
}

function forward(args: ConvArguments, finish: Finish = {}): tf.TensorInfo {
  const heap = heapOf(args.backend);
  const info = infoOf(args);
  const out = heap.output(info.outShape);
  runForward(heap, info, {
    x: heap.pointer(args.inputs["x"]!),
    kernel: valuesOf(heap, args.inputs["filter"]!),
    out: heap.pointer(out),
    finish,
  });
  return out;
}

function inputGradient(args: ConvArguments): tf.TensorInfo {
  const heap = heapOf(args.backend);
  const info = infoOf(args);
  const out = heap.output(info.inShape);
  runInputGradient(heap, info, {
    x: heap.pointer(args.inputs["dy"]!),
    kernel: valuesOf(heap, args.inputs["filter"]!),
    out: heap.pointer(out),
  });
  return out;
}

function gradientOfFilter(args: ConvArguments): tf.TensorInfo {
  const heap = heapOf(args.backend);
  const info = infoOf(args);
  const out = heap.output(info.filterShape);
  const gradient = filterGradient(heap, info, {
    x: heap.pointer(args.inputs["x"]!),
    dy: heap.pointer(args.inputs["dy"]!),
  });
  heap.floats(heap.pointer(out), gradient.length).set(gradient);
  return out;
}

function fused(args: ConvArguments): tf.TensorInfo {
  const { bias } = args.inputs;
  return forward(args, {
    relu: args.attrs.activation === "relu",
    ...(bias && { bias: valuesOf(heapOf(args.backend), bias) }),
  });
}

function takesFused(args: ConvArguments): boolean {
  const { activation = "linear" } = args.attrs;
  const { bias } = args.inputs;
  const channels = args.inputs["filter"]!.shape[3];
  return ["linear", "relu"].includes(activation) &&
    (bias === undefined || tf.util.sizeFromShape(bias.shape) === channels) &&
    takes({ ...args, inputs: Object.fromEntries(given(args.inputs)) });
}

/** The inputs that are present: TensorFlow.js passes absent ones as undefined. */
function given(inputs: ConvArguments["inputs"]): [string, tf.TensorInfo][] {
  return Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
}

/** The kernels by their names in TensorFlow.js. */
export const convKernels: Readonly<Record<string, ConvKernel>> = {
  Conv2D: { takes, run: forward },
  FusedConv2D: { takes: takesFused, run: fused },
  Conv2DBackpropInput: { takes, run: inputGradient },
  Conv2DBackpropFilter: { takes, run: gradientOfFilter },
};
