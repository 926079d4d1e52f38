/**
 * Convolution and its input gradient as correlations.
 *
 * @module
 */
import type { backend_util } from "@tensorflow/tfjs";
import { blockingOf, correlate, type Correlation, panelFloats, tableBytes } from "./correlate.ts";
import type { Heap } from "./heap.ts";
import { correlateTiles, filteringOf } from "./winograd.ts";
import { type MatrixLayout, packPanels, paddedChannels } from "./panels.ts";

const FLOAT = 4;

/** TensorFlow.js's description of a convolution. */
export type ConvInfo = backend_util.Conv2DInfo;

/** The forward convolution. */
export function forwardOf(info: ConvInfo): Correlation {
  const { top, bottom, left, right } = info.padInfo;
  // Where the output's size was rounded up, the last window reaches past the padding.
  const height = (info.outHeight - 1) * info.strideHeight + info.filterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  return {
    input: [info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    before: [top, left],
    padded: [
      Math.max(height, info.inHeight + top + bottom),
      Math.max(width, info.inWidth + left + right),
    ],
    strides: [info.strideHeight, info.strideWidth],
    kernel: [info.filterHeight, info.filterWidth],
    output: [info.outHeight, info.outWidth],
    channels: info.outChannels,
    target: {
      origin: 0,
      image: info.outHeight * info.outWidth * info.outChannels,
      row: info.outWidth * info.outChannels,
      column: info.outChannels,
    },
  };
}

/** The taps of one axis that reach the inputs `first`, `first + stride`, … and no others. */
interface Phase {
  /** First input. */
  readonly first: number;
  /** Number of inputs. */
  readonly count: number;
  /** Taps, beginning with the one that contributes to the earliest output. */
  readonly taps: readonly number[];
  /** Zeros before the outputs. */
  readonly before: number;
}

/**
 * Split one axis of an input gradient by the stride. Input i contributes to output o through tap
 * `k = i + pad − stride·o`, so all taps of an input are equal modulo the stride.
 */
function phasesOf(
  { size, taps, stride, pad }: { size: number; taps: number; stride: number; pad: number },
): Phase[] {
  return Array.from({ length: stride }, (_, rest) => {
    const first = (((rest - pad) % stride) + stride) % stride;
    const own: number[] = [];
    for (let tap = rest; tap < taps; tap += stride) own.unshift(tap);
    return {
      first,
      count: Math.max(0, Math.ceil((size - first) / stride)),
      taps: own,
      before: own.length - 1 - (first + pad - rest) / stride,
    };
  }).filter(({ count, taps }) => count > 0 && taps.length > 0);
}

/** One phase of an input gradient, with the kernel that it takes. */
export interface GradientPhase {
  readonly correlation: Correlation;
  readonly layout: MatrixLayout;
}

/** The layout of a kernel [rows, columns, in, out] for the forward convolution. */
function forwardLayout(info: ConvInfo): MatrixLayout {
  const { inChannels: depth, outChannels: channels } = info;
  return {
    slabs: Array.from(
      { length: info.filterHeight * info.filterWidth },
      (_, tap) => tap * depth * channels,
    ),
    ...{ depth, depthStride: channels, channels, channelStride: 1 },
  };
}

/** The input gradient: correlations of dy whose outputs interleave. */
export function inputGradientOf(info: ConvInfo): GradientPhase[] {
  const { inWidth, inHeight, inChannels, outChannels, strideHeight, strideWidth } = info;
  const vertical = phasesOf({
    size: inHeight,
    taps: info.filterHeight,
    stride: strideHeight,
    pad: info.padInfo.top,
  });
  const horizontal = phasesOf({
    size: inWidth,
    taps: info.filterWidth,
    stride: strideWidth,
    pad: info.padInfo.left,
  });
  return vertical.flatMap((y) =>
    horizontal.map((x): GradientPhase => ({
      correlation: {
        input: [info.batchSize, info.outHeight, info.outWidth, outChannels],
        before: [y.before, x.before],
        padded: [y.count + y.taps.length - 1, x.count + x.taps.length - 1],
        strides: [1, 1],
        kernel: [y.taps.length, x.taps.length],
        output: [y.count, x.count],
        channels: inChannels,
        target: {
          origin: (y.first * inWidth + x.first) * inChannels,
          image: inHeight * inWidth * inChannels,
          row: strideHeight * inWidth * inChannels,
          column: strideWidth * inChannels,
        },
      },
      layout: {
        slabs: y.taps.flatMap((i) =>
          x.taps.map((j) => (i * info.filterWidth + j) * inChannels * outChannels)
        ),
        depth: outChannels,
        depthStride: 1,
        channels: inChannels,
        channelStride: outChannels,
      },
    }))
  );
}

/** Clear an input gradient whose phases leave some inputs without any tap. */
export function clearUntapped(heap: Heap, info: ConvInfo, out: number): void {
  if (info.filterHeight >= info.strideHeight && info.filterWidth >= info.strideWidth) return;
  const { batchSize, inHeight, inWidth, inChannels } = info;
  heap.floats(out, batchSize * inHeight * inWidth * inChannels).fill(0);
}

/** What follows a convolution. */
export interface Finish {
  /** One float for each channel. */
  readonly bias?: Float32Array;
  /** Whether negative results become zero. */
  readonly relu?: boolean;
}

/** What a correlation reads and writes. */
export interface CorrelationOperands {
  /** Address of the input. */
  readonly x: number;
  /** On the host. */
  readonly kernel: Float32Array;
  /** Where the kernel's entries are. */
  readonly layout: MatrixLayout;
  /** Address of the output. */
  readonly out: number;
  /** What follows. */
  readonly finish?: Finish;
  /** Whether it is a forward convolution, not a gradient. */
  readonly forward: boolean;
}

/** Run a correlation. */
function runCorrelation(
  heap: Heap,
  correlation: Correlation,
  { x, kernel, layout, out, finish = {}, forward }: CorrelationOperands,
): void {
  const { channels } = correlation;
  const width = paddedChannels(channels);
  const writeFinish = ({ bias, floor }: { bias: number; floor: number }): void => {
    heap.floats(bias, width).fill(0).set(finish.bias ?? []);
    heap.floats(floor, 1)[0] = finish.relu ? 0 : -Infinity;
  };
  const filtering = filteringOf(correlation, { forward });
  if (filtering) {
    correlateTiles(heap, correlation, { x, kernel, layout, out, finish: writeFinish, filtering });
    return;
  }
  const floats = panelFloats(correlation);
  const [panels, bias, floor, table, room] = heap.scratch(
    ...[floats * FLOAT, width * FLOAT, FLOAT],
    ...[tableBytes(correlation), blockingOf(correlation).bytes],
  ) as [number, number, number, number, number];
  packPanels(heap.floats(panels, floats), kernel, layout);
  writeFinish({ bias, floor });
  correlate(heap, correlation, { x, out, bias, panels, floor, room, table });
}

/** Run a forward convolution. */
export function runForward(
  heap: Heap,
  info: ConvInfo,
  operands: Omit<CorrelationOperands, "layout" | "forward">,
): void {
  runCorrelation(heap, forwardOf(info), {
    ...operands,
    layout: forwardLayout(info),
    forward: true,
  });
}

/** Run the input gradient of a convolution: `x` is the output's, `out` the input's. */
export function runInputGradient(
  heap: Heap,
  info: ConvInfo,
  operands: Omit<CorrelationOperands, "layout" | "finish" | "forward">,
): void {
  clearUntapped(heap, info, operands.out);
  for (const { correlation, layout } of inputGradientOf(info)) {
    runCorrelation(heap, correlation, { ...operands, layout, forward: false });
  }
}
