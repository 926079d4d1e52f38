/**
 * `DepthwiseConv2dNativeBackpropInput`: the gradient of a depthwise convolution with respect to its
 * input, which the wasm backend lacks. It is a depthwise convolution of dy, with zeros inserted for
 * the stride, by the flipped filter.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";
import { convolutionInfo } from "./convolution.ts";

type Info = tf.backend_util.Conv2DInfo;

/** The padding with which dy can be convolved as it is; undefined when zeros must be inserted. */
function paddingForDirect(info: Info): tf.backend_util.ExplicitPadding | undefined {
  const { top, bottom, left, right } = info.padInfo;
  const high = info.effectiveFilterHeight - 1, wide = info.effectiveFilterWidth - 1;
  const sides = [high - top, high - bottom, wide - left, wide - right] as const;
  if (info.strideHeight * info.strideWidth > 1 || Math.min(...sides) < 0) return undefined;
  return [[0, 0], [sides[0], sides[1]], [sides[2], sides[3]], [0, 0]];
}

/** dy with stride − 1 zeros between its elements, padded. */
function spread(workspace: Workspace, dy: tf.TensorInfo, info: Info): tf.TensorInfo {
  const height = info.inHeight + info.effectiveFilterHeight - 1;
  const width = info.inWidth + info.effectiveFilterWidth - 1;
  const { batchSize, outHeight, outWidth, outChannels, strideHeight, strideWidth } = info;
  const top = info.effectiveFilterHeight - 1 - info.padInfo.top;
  const left = info.effectiveFilterWidth - 1 - info.padInfo.left;
  const made = workspace.empty([batchSize, height, width, outChannels]);
  const source = workspace.floats(dy), target = workspace.floats(made);
  target.fill(0);
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const y = top + row * strideHeight;
      if (y < 0 || y >= height) continue;
      for (let column = 0; column < outWidth; column++) {
        const x = left + column * strideWidth;
        if (x < 0 || x >= width) continue;
        let to = ((image * height + y) * width + x) * outChannels;
        let from = ((image * outHeight + row) * outWidth + column) * outChannels;
        for (let c = 0; c < outChannels; c++) target[to++] = source[from++]!;
      }
    }
  }
  return made;
}

function flipped(workspace: Workspace, filter: tf.TensorInfo, info: Info): tf.TensorInfo {
  const { filterHeight, filterWidth, outChannels } = info;
  const made = workspace.empty([filterHeight, filterWidth, outChannels, 1]);
  const source = workspace.floats(filter), target = workspace.floats(made);
  const taps = filterHeight * filterWidth;
  for (let tap = 0; tap < taps; tap++) {
    const from = (taps - 1 - tap) * outChannels;
    target.set(source.subarray(from, from + outChannels), tap * outChannels);
  }
  return made;
}

/** The kernel. */
export const depthwiseBackpropInput: WasmKernel = wasmKernel<
  tf.DepthwiseConv2dNativeBackpropInputInputs,
  tf.DepthwiseConv2dNativeBackpropInputAttrs
>("DepthwiseConv2dNativeBackpropInput", (workspace, { dy, filter }, attrs) => {
  const { inputShape } = attrs;
  const info = convolutionInfo({ x: inputShape, filter: filter.shape, depthwise: true }, attrs);
  const direct = paddingForDirect(info);
  const dx = workspace.stock("DepthwiseConv2dNative", {
    x: direct ? dy : spread(workspace, dy, info),
    filter: flipped(workspace, filter, info),
  }, {
    strides: 1,
    pad: direct ?? "valid",
    dilations: [info.dilationHeight, info.dilationWidth],
  });
  const multiplier = info.outChannels / info.inChannels;
  if (multiplier === 1) return dx;
  const split = shaped(dx, [...inputShape, multiplier]);
  return workspace.run("Sum", { x: split }, { axis: [4], keepDims: false });
});
