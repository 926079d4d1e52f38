/**
 * Convolutions with padding by number. It becomes `same` or `valid` where those mean the same, and
 * TensorFlow's explicit padding elsewhere. The filter gradient of explicit padding is slow, so the
 * image is padded for it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Inputs, Kernel, KernelCall } from "./override.ts";
import { overrunsKernelGradient } from "../kernel_overrun.ts";
import { ints, op } from "./op.ts";
import {
  isExplicit,
  normalizePad,
  type Pad,
  padImage,
  type WindowAttributes,
  type WindowInfo,
} from "./padding.ts";

interface ConvolutionAttributes extends WindowAttributes {
  readonly inputShape?: readonly number[];
  readonly filterShape?: readonly number[];
}

type Shape4D = [number, number, number, number];

function infoFor(
  inputs: Inputs,
  attrs: ConvolutionAttributes,
  isDepthwise: boolean,
): (pad: Pad) => WindowInfo {
  const inputShape = attrs.inputShape ?? inputs.x!.shape;
  const filterShape = attrs.filterShape ?? inputs.filter!.shape;
  return (pad) =>
    tf.backend_util.computeConv2DInfo(
      inputShape as Shape4D,
      filterShape as Shape4D,
      attrs.strides,
      attrs.dilations ?? 1,
      pad as number,
      attrs.dimRoundingMode,
      isDepthwise,
    );
}

/** Only NHWC is handled here: TensorFlow has no other layout on a processor. */
function isNhwc({ dataFormat = "NHWC" }: WindowAttributes): boolean {
  return dataFormat === "NHWC";
}

function forward(name: string, isDepthwise: boolean): Kernel {
  return {
    name,
    run({ inputs, attrs, stock }: KernelCall<ConvolutionAttributes>) {
      if (!isNhwc(attrs)) return stock(inputs, attrs);
      return stock(inputs, {
        ...attrs,
        pad: normalizePad(infoFor(inputs, attrs, isDepthwise), attrs.pad),
      });
    },
  };
}

/** Attributes of a gradient's op with explicit padding. */
function gradientAttributes({ strideHeight, strideWidth, padInfo }: WindowInfo) {
  const { top, bottom, left, right } = padInfo;
  return {
    strides: [1, strideHeight, strideWidth, 1],
    padding: "EXPLICIT",
    "explicit_paddings": [0, 0, top, bottom, left, right, 0, 0],
  };
}

function inputGradient(name: string, isDepthwise: boolean): Kernel {
  return {
    name,
    run({ inputs, attrs, stock }: KernelCall<ConvolutionAttributes>) {
      const infoOf = infoFor(inputs, attrs, isDepthwise);
      const pad = isNhwc(attrs) ? normalizePad(infoOf, attrs.pad) : attrs.pad;
      if (typeof pad === "string") return stock(inputs, { ...attrs, pad });
      const { dy, filter } = inputs as { dy: tf.Tensor; filter: tf.Tensor };
      return op(name, [ints(attrs.inputShape!), filter, dy], gradientAttributes(infoOf(pad)));
    },
  };
}

function isUnsafe(
  { filterHeight, filterWidth, strideHeight, strideWidth, inChannels }: WindowInfo,
): boolean {
  const kernel = [filterHeight, filterWidth, inChannels] as const;
  return overrunsKernelGradient(kernel, [strideHeight, strideWidth]);
}

/** The pixels that a 1 × 1 filter reads. */
function readPixels(x: tf.Tensor, { strideHeight, strideWidth }: WindowInfo): tf.Tensor {
  return tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, strideHeight, strideWidth, 1]);
}

function filterGradient(name: string, isDepthwise: boolean): Kernel {
  return {
    name,
    run({ inputs, attrs, stock }: KernelCall<ConvolutionAttributes>) {
      const infoOf = infoFor(inputs, attrs, isDepthwise);
      const pad = isNhwc(attrs) ? normalizePad(infoOf, attrs.pad) : attrs.pad;
      const info = infoOf(pad), { padInfo } = info;
      const isNamed = !isExplicit(padInfo);
      const x = isNamed ? inputs.x! : padImage(inputs.x!, padInfo, 0);
      if (isNhwc(attrs) && !isDepthwise && isUnsafe(info)) {
        const read = { ...inputs, x: readPixels(x, info) };
        return stock(read, { ...attrs, strides: 1, pad: "valid" });
      }
      return stock({ ...inputs, x }, { ...attrs, pad: isNamed ? pad : "valid" });
    },
  };
}

/** The kernels of convolutions and their gradients. */
export const convolutionKernels: readonly Kernel[] = [
  forward("Conv2D", false),
  forward("FusedConv2D", false),
  forward("DepthwiseConv2dNative", true),
  forward("FusedDepthwiseConv2D", true),
  inputGradient("Conv2DBackpropInput", false),
  filterGradient("Conv2DBackpropFilter", false),
  inputGradient("DepthwiseConv2dNativeBackpropInput", true),
  filterGradient("DepthwiseConv2dNativeBackpropFilter", true),
];
