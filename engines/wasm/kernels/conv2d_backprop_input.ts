/**
 * `Conv2DBackpropInput`: the gradient of a convolution with respect to its input (and the forward
 * pass of a transposed convolution), a naive loop in the wasm backend. It is the fallback for
 * runtimes without relaxed SIMD and for calls that simd/conv_kernels.ts declines.
 *
 * Without a stride it is a convolution of dy with the flipped filter. With a
 * stride, each of the stride² phases of the input has a filter of its own, made of
 * every stride-th tap: one convolution gives all phases as channels, which are
 * then moved to their places. No time is spent on multiplying by inserted zeros.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";
import { convolutionInfo } from "./convolution.ts";

type Info = tf.backend_util.Conv2DInfo;

/** One spatial axis of the convolution that gives the gradient. */
interface Axis {
  /** Taps of a phase's filter. */
  readonly taps: number;
  /** Elements at the start of dy that depend on no element of the input. */
  readonly skip: number;
  /** Elements of dy that are used. */
  readonly length: number;
  /** Padding of dy. */
  readonly pad: readonly [number, number];
  /** Elements of the result before the first of the input. */
  readonly crop: number;
  /** Elements of the result. */
  readonly size: number;
}

function axisOf(
  inSize: number,
  { outSize, filter, stride, pad }: {
    outSize: number;
    filter: number;
    stride: number;
    pad: number;
  },
): Axis {
  const taps = Math.ceil(filter / stride);
  const first = Math.floor(pad / stride);
  const count = Math.floor((pad + inSize - 1) / stride) - first + 1;
  const before = taps - 1 - first;
  const after = count + taps - 1 - outSize - before;
  const skip = Math.max(0, -before);
  return {
    taps,
    skip,
    length: outSize - skip - Math.max(0, -after),
    pad: [Math.max(0, before), Math.max(0, after)],
    crop: pad - first * stride,
    size: count * stride,
  };
}

/** The filters of all phases, [taps, taps, outChannels, phases · inChannels]. */
function phaseFilter(
  workspace: Workspace,
  filter: tf.TensorInfo,
  { info, rows, columns }: { info: Info; rows: Axis; columns: Axis },
): tf.TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels, strideHeight, strideWidth } = info;
  const wide = strideHeight * strideWidth * inChannels;
  const made = workspace.empty([rows.taps, columns.taps, outChannels, wide]);
  const source = workspace.floats(filter), target = workspace.floats(made);
  target.fill(0);
  for (let i = 0; i < filterHeight; i++) {
    for (let j = 0; j < filterWidth; j++) {
      const row = rows.taps - 1 - Math.floor(i / strideHeight);
      const column = columns.taps - 1 - Math.floor(j / strideWidth);
      const phase = (i % strideHeight) * strideWidth + j % strideWidth;
      const to = (row * columns.taps + column) * outChannels * wide + phase * inChannels;
      const from = (i * filterWidth + j) * inChannels * outChannels;
      for (let c = 0; c < inChannels; c++) {
        for (let o = 0; o < outChannels; o++) {
          target[to + o * wide + c] = source[from + c * outChannels + o]!;
        }
      }
    }
  }
  return made;
}

function cut(workspace: Workspace, x: tf.TensorInfo, begin: number[], size: number[]) {
  const same = size.every((length, axis) => length === x.shape[axis]);
  return same ? x : workspace.run("Slice", { x }, { begin, size });
}

function inputGradient(
  workspace: Workspace,
  { dy, filter }: { dy: tf.TensorInfo; filter: tf.TensorInfo },
  info: Info,
): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outChannels, padInfo } = info;
  const { strideHeight, strideWidth } = info;
  const rows = axisOf(inHeight, {
    outSize: info.outHeight,
    filter: info.filterHeight,
    stride: strideHeight,
    pad: padInfo.top,
  });
  const columns = axisOf(inWidth, {
    outSize: info.outWidth,
    filter: info.filterWidth,
    stride: strideWidth,
    pad: padInfo.left,
  });
  const used = [batchSize, rows.length, columns.length, outChannels];
  const x = cut(workspace, dy, [0, rows.skip, columns.skip, 0], used);
  const phases = workspace.run("Conv2D", {
    x,
    filter: phaseFilter(workspace, filter, { info, rows, columns }),
  }, {
    strides: 1,
    dilations: 1,
    pad: [[0, 0], rows.pad, columns.pad, [0, 0]],
    dataFormat: "NHWC",
  });
  const [, high, wide] = phases.shape as [number, number, number, number];
  const dealt = strideHeight === 1 ? phases : workspace.run("Transpose", {
    x: shaped(phases, [batchSize * high, wide, strideHeight, strideWidth * inChannels]),
  }, { perm: [0, 2, 1, 3] });
  const whole = shaped(dealt, [batchSize, rows.size, columns.size, inChannels]);
  const inner = [batchSize, inHeight, inWidth, inChannels];
  return cut(workspace, whole, [0, rows.crop, columns.crop, 0], inner);
}

/** The kernel. */
export const conv2dBackpropInput: WasmKernel = wasmKernel<
  tf.Conv2DBackpropInputInputs,
  tf.Conv2DBackpropInputAttrs
>("Conv2DBackpropInput", (workspace, { dy, filter }, attrs) => {
  const info = convolutionInfo({ x: attrs.inputShape, filter: filter.shape }, attrs);
  return inputGradient(workspace, { dy, filter }, info);
});
