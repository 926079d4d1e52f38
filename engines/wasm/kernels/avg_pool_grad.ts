/**
 * `AvgPoolGrad`, with the same divisor as the forward pass. That divides by the number of elements
 * of a window that lie inside the image, whereas every backend's gradient divides by the size of
 * the whole window.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";
import { forEachWindow, poolingInfo } from "./convolution.ts";

function spreadOverWindows(
  dy: Float32Array,
  dx: Float32Array,
  info: tf.backend_util.Conv2DInfo,
): void {
  const { inHeight, inWidth, inChannels: channels } = info;
  let out = 0;
  forEachWindow(info, ({ image, top, bottom, left, right }) => {
    const share = 1 / ((bottom - top) * (right - left));
    for (let i = top; i < bottom; i++) {
      let at = ((image * inHeight + i) * inWidth + left) * channels;
      for (let j = left; j < right; j++) {
        for (let c = 0; c < channels; c++) dx[at++]! += dy[out + c]! * share;
      }
    }
    out += channels;
  });
}

/** The kernel. */
export const avgPoolGrad: WasmKernel = wasmKernel<
  tf.AvgPoolGradInputs,
  tf.AvgPoolGradAttrs
>("AvgPoolGrad", (workspace, { dy, input }, attrs) => {
  const result = workspace.empty(input.shape);
  const dx = workspace.floats(result).fill(0);
  spreadOverWindows(workspace.floats(dy), dx, poolingInfo(input.shape, attrs));
  return result;
});
