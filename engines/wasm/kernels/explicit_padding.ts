/**
 * `Conv2D`, `DepthwiseConv2dNative`, `MaxPool`, `AvgPool` and the fused
 * convolutions: the backend's own kernels, called with the padding written out.
 *
 * For "same" padding the backend's library computes the padding itself. That underflows where a
 * stride skips the last elements, as with a 1-wide filter and stride 2, and the numbers are wrong.
 * For padding by one number and a filter or stride that is not square, the library writes past the
 * output and corrupts the heap.
 *
 * @module
 */
import { type WasmKernel, wasmKernel } from "../workspace.ts";
import { type ConvolutionAttrs, convolutionInfo, paddingOf, poolingInfo } from "./convolution.ts";

function convolution(name: string, depthwise: boolean): WasmKernel {
  return wasmKernel<Record<"x" | "filter", unknown>, ConvolutionAttrs>(
    name,
    (workspace, inputs, attrs) => {
      const { x, filter } = inputs;
      const info = convolutionInfo({ x: x.shape, filter: filter.shape, depthwise }, attrs);
      return workspace.stock(name, inputs, { ...attrs, pad: paddingOf(info) });
    },
  );
}

function pooling(name: string): WasmKernel {
  return wasmKernel<
    Record<"x", unknown>,
    ConvolutionAttrs & { filterSize: number | [number, number] }
  >(
    name,
    (workspace, inputs, attrs) => {
      const info = poolingInfo(inputs.x.shape, attrs);
      return workspace.stock(name, inputs, { ...attrs, pad: paddingOf(info) });
    },
  );
}

/** The kernels. */
export const explicitPadding: readonly WasmKernel[] = [
  convolution("Conv2D", false),
  convolution("FusedConv2D", false),
  convolution("DepthwiseConv2dNative", true),
  convolution("FusedDepthwiseConv2D", true),
  pooling("MaxPool"),
  pooling("AvgPool"),
];
