/**
 * `Conv3DBackpropInputV2` and `Conv3DBackpropFilterV2`: the backend's own return wrong
 * numbers, the second under a stride. Plain loops: right, and no faster than the
 * reference; nothing in Espalier needs them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";

type Info = tf.backend_util.Conv3DInfo;
type Shape = [number, number, number, number, number];

/** Call back for each tap of each output element that lies inside the input. */
function forEachTap(info: Info, call: (input: number, output: number, tap: number) => void): void {
  const { filterDepth, filterHeight, filterWidth, padInfo: { front, top, left } } = info;
  const outputs = info.batchSize * info.outDepth * info.outHeight * info.outWidth;
  for (let output = 0; output < outputs; output++) {
    const column = output % info.outWidth;
    const row = Math.floor(output / info.outWidth) % info.outHeight;
    const plane = Math.floor(output / info.outWidth / info.outHeight) % info.outDepth;
    const image = Math.floor(output / info.outWidth / info.outHeight / info.outDepth);
    for (let tap = 0; tap < filterDepth * filterHeight * filterWidth; tap++) {
      const x = column * info.strideWidth + tap % filterWidth - left;
      const y = row * info.strideHeight + Math.floor(tap / filterWidth) % filterHeight - top;
      const z = plane * info.strideDepth + Math.floor(tap / filterWidth / filterHeight) - front;
      if (z < 0 || z >= info.inDepth || y < 0 || y >= info.inHeight) continue;
      if (x < 0 || x >= info.inWidth) continue;
      call(((image * info.inDepth + z) * info.inHeight + y) * info.inWidth + x, output, tap);
    }
  }
}

const byInput: WasmKernel = wasmKernel<
  tf.Conv3DBackpropInputV2Inputs,
  tf.Conv3DBackpropInputV2Attrs
>("Conv3DBackpropInputV2", (workspace, inputs, { inputShape, strides, pad }) => {
  const filterShape = inputs.filter.shape as Shape;
  const info = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
  const { inChannels, outChannels } = info;
  const result = workspace.empty(inputShape);
  const dy = workspace.floats(inputs.dy), filter = workspace.floats(inputs.filter);
  const dx = workspace.floats(result).fill(0);
  forEachTap(info, (input, output, tap) => {
    for (let i = 0; i < inChannels; i++) {
      const from = (tap * inChannels + i) * outChannels;
      for (let o = 0; o < outChannels; o++) {
        dx[input * inChannels + i]! += filter[from + o]! * dy[output * outChannels + o]!;
      }
    }
  });
  return result;
});

const byFilter: WasmKernel = wasmKernel<
  tf.Conv3DBackpropFilterV2Inputs,
  tf.Conv3DBackpropFilterV2Attrs
>("Conv3DBackpropFilterV2", (workspace, inputs, { filterShape, strides, pad }) => {
  const inputShape = inputs.x.shape as Shape;
  const info = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
  const { inChannels, outChannels } = info;
  const result = workspace.empty(filterShape);
  const dy = workspace.floats(inputs.dy), x = workspace.floats(inputs.x);
  const dw = workspace.floats(result).fill(0);
  forEachTap(info, (input, output, tap) => {
    for (let i = 0; i < inChannels; i++) {
      const to = (tap * inChannels + i) * outChannels;
      for (let o = 0; o < outChannels; o++) {
        dw[to + o]! += x[input * inChannels + i]! * dy[output * outChannels + o]!;
      }
    }
  });
  return result;
});

/** The kernels. */
export const conv3dGradients: readonly WasmKernel[] = [byInput, byFilter];
