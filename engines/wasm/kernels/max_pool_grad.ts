/**
 * `MaxPoolGrad`: the backend's own kernel initialises a window's maximum above zero, so a window
 * without a positive value passes no gradient. Here the maximum of a window takes its whole
 * gradient; ties go to the first in reading order, as on the cpu backend.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel } from "../workspace.ts";
import { forEachWindow, poolingInfo } from "./convolution.ts";

function scatterToMaxima(
  { x, dy, dx }: { x: Float32Array; dy: Float32Array; dx: Float32Array },
  info: tf.backend_util.Conv2DInfo,
): void {
  const { inHeight, inWidth, inChannels: channels } = info;
  let out = 0;
  forEachWindow(info, ({ image, top, bottom, left, right }) => {
    for (let c = 0; c < channels; c++) {
      let best = -1, maximum = -Infinity;
      for (let i = top; i < bottom; i++) {
        let at = ((image * inHeight + i) * inWidth + left) * channels + c;
        for (let j = left; j < right; j++, at += channels) {
          const value = x[at]!;
          if (value > maximum) {
            maximum = value;
            best = at;
          }
        }
      }
      const gradient = dy[out++]!;
      if (best >= 0) dx[best]! += gradient;
    }
  });
}

/** The kernel. */
export const maxPoolGrad: WasmKernel = wasmKernel<
  tf.MaxPoolGradInputs,
  tf.MaxPoolGradAttrs
>("MaxPoolGrad", (workspace, inputs, attrs) => {
  const result = workspace.empty(inputs.input.shape);
  const x = workspace.floats(inputs.input), dy = workspace.floats(inputs.dy);
  const dx = workspace.floats(result).fill(0);
  scatterToMaxima({ x, dy, dx }, poolingInfo(inputs.input.shape, attrs));
  return result;
});
