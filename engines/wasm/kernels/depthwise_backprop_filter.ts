/**
 * `DepthwiseConv2dNativeBackpropFilter`: the gradient of a depthwise convolution with respect to
 * its filter, which the wasm backend lacks. The gradient of a tap is the sum over all cells of dy
 * times the input shifted to that tap ({@linkcode tapAxes}).
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { shaped, type WasmKernel, wasmKernel, type Workspace } from "../workspace.ts";
import { convolutionInfo } from "./convolution.ts";
import { tapAxes } from "./tap_grid.ts";

type Info = tf.backend_util.Conv2DInfo;

interface Grid {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
}

/** Copy every stride-th row and column, from a phase on, into the cells of a grid. */
function intoGrid(
  source: Float32Array,
  target: Float32Array,
  { grid, shape, start, phase, stride }: {
    grid: Grid;
    shape: readonly [height: number, width: number, channels: number];
    start: number;
    phase: readonly [number, number];
    stride: readonly [number, number];
  },
): void {
  const [height, width, channels] = shape;
  for (let image = 0; image < grid.images; image++) {
    for (let y = phase[0], row = 0; y < height; y += stride[0], row++) {
      let to = start + (image * grid.rows + row) * grid.columns * channels;
      if (stride[1] === 1) {
        const from = ((image * height + y) * width + phase[1]) * channels;
        target.set(source.subarray(from, ((image * height + y) + 1) * width * channels), to);
        continue;
      }
      for (let x = phase[1]; x < width; x += stride[1]) {
        let from = ((image * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) target[to++] = source[from++]!;
      }
    }
  }
}

function filterGradient(
  workspace: Workspace,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
  info: Info,
): tf.TensorInfo {
  const { inChannels, outChannels, filterWidth } = info;
  const { rows, columns } = tapAxes(info);
  const grid = { images: info.batchSize, rows: rows.cells, columns: columns.cells };
  const cells = grid.images * grid.rows * grid.columns;
  const head = rows.before * columns.cells + columns.before;
  const tail = rows.after * columns.cells + columns.after;
  const planes = rows.phases.flatMap((top) => columns.phases.map((left) => [top, left] as const));
  const total = workspace.empty([
    info.filterHeight,
    filterWidth,
    inChannels,
    outChannels / inChannels,
  ]);
  const input = workspace.empty([(head + planes.length * cells + tail) * inChannels]);
  const output = workspace.empty([cells, inChannels, outChannels / inChannels]);
  workspace.floats(input).fill(0);
  workspace.floats(output).fill(0);
  const stride = [info.strideHeight, info.strideWidth] as const;
  planes.forEach((phase, plane) =>
    intoGrid(workspace.floats(x), workspace.floats(input), {
      grid,
      shape: [info.inHeight, info.inWidth, inChannels],
      start: (head + plane * cells) * inChannels,
      phase,
      stride,
    })
  );
  intoGrid(workspace.floats(dy), workspace.floats(output), {
    grid,
    shape: [info.outHeight, info.outWidth, outChannels],
    start: 0,
    phase: [0, 0],
    stride: [1, 1],
  });
  rows.taps.forEach((row, i) =>
    columns.taps.forEach((column, j) => {
      const plane = row.plane * columns.phases.length + column.plane;
      const offset = row.offset * columns.cells + column.offset;
      const from = (head + plane * cells + offset) * inChannels;
      const seen = workspace.view(input, from, [cells, inChannels, 1]);
      const product = workspace.run("Multiply", { a: seen, b: output });
      const sum = workspace.run("Sum", { x: shaped(product, [cells, outChannels]) }, {
        axis: [0],
        keepDims: false,
      });
      workspace.floats(total).set(workspace.floats(sum), (i * filterWidth + j) * outChannels);
      workspace.release(product);
    })
  );
  return total;
}

/** The kernel. */
export const depthwiseBackpropFilter: WasmKernel = wasmKernel<
  tf.DepthwiseConv2dNativeBackpropFilterInputs,
  tf.DepthwiseConv2dNativeBackpropFilterAttrs
>("DepthwiseConv2dNativeBackpropFilter", (workspace, { x, dy }, attrs) => {
  const shapes = { x: x.shape, filter: attrs.filterShape, depthwise: true };
  return filterGradient(workspace, { x, dy }, convolutionInfo(shapes, attrs));
});
