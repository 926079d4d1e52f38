/**
 * `Conv2DBackpropFilter`: the gradient of a convolution with respect to its filter, which the wasm
 * backend lacks. It is the fallback for runtimes without relaxed SIMD and for calls that
 * simd/conv_kernels.ts declines.
 *
 * For each tap it is one matrix product, inputᵀ [inChannels, cells] times dy
 * [cells, outChannels]. The input is transposed once into a {@linkcode tapAxes}
 * layout; the taps are then views of it, and only dy is packed, once. Both are
 * made for a few images at a time, so that they stay in the processor's cache.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";
import { convolutionInfo } from "./convolution.ts";
import { tapAxes, type TapAxis } from "./tap_grid.ts";

/** Cells worked on at a time: long enough for a fast product, small enough for the cache. */
const CELLS = 8192;

interface Layout {
  readonly info: tf.backend_util.Conv2DInfo;
  readonly rows: TapAxis;
  readonly columns: TapAxis;
}

/** Transpose `images` images, from `first` on, into planes of [channels][images, cells]. */
function transposeInput(
  source: Float32Array,
  target: Float32Array,
  { info, rows, columns, first, images, head }: Layout & {
    first: number;
    images: number;
    head: number;
  },
): void {
  const { inHeight, inWidth, inChannels: channels, strideHeight, strideWidth } = info;
  const length = images * rows.cells * columns.cells;
  const step = strideWidth * channels;
  let plane = head;
  for (const top of rows.phases) {
    for (const left of columns.phases) {
      for (let image = 0; image < images; image++) {
        for (let row = top, cellRow = 0; row < inHeight; row += strideHeight, cellRow++) {
          const from = (((first + image) * inHeight + row) * inWidth + left) * channels;
          const end = ((first + image) * inHeight + row + 1) * inWidth * channels;
          const to = plane + (image * rows.cells + cellRow) * columns.cells;
          for (let channel = 0; channel < channels; channel++) {
            let cell = to + channel * length;
            for (let at = from + channel; at < end; at += step) target[cell++] = source[at]!;
          }
        }
      }
      plane += channels * length;
    }
  }
}

/** Copy `images` images of dy into a grid of cells whose other cells are zero. */
function spreadOutput(
  source: Float32Array,
  target: Float32Array,
  { info, rows, columns, first, images }: Layout & { first: number; images: number },
): void {
  const run = info.outWidth * info.outChannels;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < info.outHeight; row++) {
      const from = ((first + image) * info.outHeight + row) * run;
      const to = (image * rows.cells + row) * columns.cells * info.outChannels;
      target.set(source.subarray(from, from + run), to);
    }
  }
}

function addTo(total: Float32Array, start: number, part: Float32Array): void {
  for (let i = 0; i < part.length; i++) total[start + i]! += part[i]!;
}

function filterGradient(
  workspace: Workspace,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
  layout: Layout,
): tf.TensorInfo {
  const { info, rows, columns } = layout;
  const { inChannels, outChannels, batchSize, filterHeight, filterWidth } = info;
  const cells = rows.cells * columns.cells;
  const group = Math.min(batchSize, Math.max(1, Math.round(CELLS / cells)));
  const head = rows.before * columns.cells + columns.before;
  const tail = rows.after * columns.cells + columns.after;
  const planes = rows.phases.length * columns.phases.length;
  const dense = rows.cells === info.outHeight && columns.cells === info.outWidth;
  const total = workspace.empty([filterHeight, filterWidth, inChannels, outChannels]);
  workspace.floats(total).fill(0);
  const input = workspace.empty([head + planes * inChannels * group * cells + tail]);
  const output = dense ? dy : workspace.empty([group * cells * outChannels]);

  for (let first = 0; first < batchSize; first += group) {
    const images = Math.min(group, batchSize - first);
    const length = images * cells;
    workspace.floats(input).fill(0);
    const part = { ...layout, first, images, head };
    transposeInput(workspace.floats(x), workspace.floats(input), part);
    if (!dense) {
      workspace.floats(output).fill(0);
      spreadOutput(workspace.floats(dy), workspace.floats(output), part);
    }
    const start = dense ? first * cells * outChannels : 0;
    const b = workspace.view(output, start, [length, outChannels]);
    rows.taps.forEach((row, i) =>
      columns.taps.forEach((column, j) => {
        const plane = row.plane * columns.phases.length + column.plane;
        const offset = row.offset * columns.cells + column.offset;
        const from = head + plane * inChannels * length + offset;
        const a = workspace.view(input, from, [inChannels, length]);
        const product = workspace.stock("BatchMatMul", { a, b }, {
          transposeA: false,
          transposeB: false,
        });
        const at = (i * filterWidth + j) * inChannels * outChannels;
        addTo(workspace.floats(total), at, workspace.floats(product));
        workspace.release(product);
      })
    );
  }
  return total;
}

/** The kernel. */
export const conv2dBackpropFilter: WasmKernel = wasmKernel<
  tf.Conv2DBackpropFilterInputs,
  tf.Conv2DBackpropFilterAttrs
>("Conv2DBackpropFilter", (workspace, { x, dy }, attrs) => {
  const info = convolutionInfo({ x: x.shape, filter: attrs.filterShape }, attrs);
  return filterGradient(workspace, { x, dy }, { info, ...tapAxes(info) });
});
