/**
 * Convolution and its input gradient as correlations.
 *
 * @module
 */
import type { backend_util } from "@tensorflow/tfjs";
import { blockingOf, correlate, type Correlation, panelFloats, tableBytes } from "./correlate.ts";
import type { Heap } from "./heap.ts";
import { correlateTiles, lastIndex, usesWinograd } from "./winograd.ts";
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

/** Whether the phases leave some inputs without any tap, whose gradient is zero. */
export function leavesZeros(info: ConvInfo): boolean {
  return info.filterHeight < info.strideHeight || info.filterWidth < info.strideWidth;
}

/** What follows a convolution. */
export interface Finish {
  /** Address of one float for each channel. */
  readonly bias?: number;
  /** Whether negative results become zero. */
  readonly relu?: boolean;
  /** Data laid out as the output, and one scale for each channel (1 if absent). */
  readonly residual?: { readonly pointer: number; readonly scale?: number };
}

/**
 * Run a correlation.
 *
 * @param heap Where everything is.
 * @param correlation What is correlated.
 * @param options Addresses of input, kernel and output, the kernel's layout, and how to finish.
 */
export function runCorrelation(
  heap: Heap,
  correlation: Correlation,
  { x, kernel, layout, out, finish = {} }: {
    readonly x: number;
    readonly kernel: number;
    readonly layout: MatrixLayout;
    readonly out: number;
    readonly finish?: Finish;
  },
): void {
  const { channels } = correlation;
  const width = paddedChannels(channels);
  const vector = (to: number, from: number | undefined, otherwise: number): void => {
    const view = heap.floats(to, width).fill(otherwise);
    if (from !== undefined) view.set(heap.floats(from, channels));
  };
  const writeFinish = ({ bias, floor }: { bias: number; floor: number }): void => {
    vector(bias, finish.bias, 0);
    heap.floats(floor, 1)[0] = finish.relu ? 0 : -Infinity;
  };
  if (usesWinograd(correlation) && !finish.residual) {
    correlateTiles(heap, correlation, { x, kernel, layout, out, finish: writeFinish });
    return;
  }
  const floats = panelFloats(correlation);
  const [panels, bias, scale, floor, table, room] = heap.scratch(
    ...[floats * FLOAT, width * FLOAT, width * FLOAT, FLOAT],
    ...[tableBytes(correlation), blockingOf(correlation).bytes],
  ) as [number, number, number, number, number, number];
  packPanels(heap.floats(panels, floats), heap.floats(kernel, lastIndex(layout) + 1), layout);
  writeFinish({ bias, floor });
  vector(scale, finish.residual?.scale, 1);
  correlate(heap, correlation, {
    ...{ x, out, bias, panels, floor, room, table },
    ...(finish.residual && { residual: { pointer: finish.residual.pointer, scale } }),
  });
}

/** A product of rows with a matrix, as a correlation of an image of one column. */
export function productOf(
  count: number,
  [inner, channels]: readonly [number, number],
): Correlation {
  return {
    input: [1, count, 1, inner],
    before: [0, 0],
    padded: [count, 1],
    strides: [1, 1],
    kernel: [1, 1],
    output: [count, 1],
    channels,
    target: { origin: 0, image: 0, row: channels, column: 0 },
  };
}
