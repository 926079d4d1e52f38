/**
 * Convolution taps as plain offsets: the layout of the depthwise filter gradient, and of
 * conv2d_backprop_filter.ts, the fallback for runtimes without relaxed SIMD.
 *
 * The input is laid out in cells, with empty cells between images (and between rows), so that a tap
 * outside an image reads zeros. The input shifted to a tap is then the same memory at another
 * offset, for all images at once. With a stride, the elements are first distributed to planes of
 * every stride-th element, so that the shift is still a single offset.
 *
 * @module
 */

import type { backend_util } from "@tensorflow/tfjs";

interface AxisGeometry {
  /** Elements of the input. */
  readonly inSize: number;
  /** Elements of the output. */
  readonly outSize: number;
  /** Taps of the filter. */
  readonly taps: number;
  /** Stride of the convolution. */
  readonly stride: number;
  /** Distance between two taps. */
  readonly dilation: number;
  /** Padding before the first element. */
  readonly pad: number;
}

/** The layout of one axis. */
export interface TapAxis {
  /** Cells that one image (or row) takes. */
  readonly cells: number;
  /** Cells before the first one that a tap may read. */
  readonly before: number;
  /** Cells after the last one that a tap may read. */
  readonly after: number;
  /** First input element of each plane in use. */
  readonly phases: readonly number[];
  /** For each tap, its plane (an index of `phases`) and its offset in cells. */
  readonly taps: readonly { readonly plane: number; readonly offset: number }[];
}

function tapAxis(axis: AxisGeometry): TapAxis {
  const { inSize, outSize, stride } = axis;
  const starts = Array.from({ length: axis.taps }, (_, i) => i * axis.dilation - axis.pad);
  const offsets = starts.map((start) => Math.floor(start / stride));
  const phases = starts.map((start, i) => start - stride * offsets[i]!);
  const used = [...new Set(phases)];
  const before = Math.max(0, ...offsets.map((offset) => -offset));
  const after = Math.max(0, ...offsets);
  return {
    cells: Math.max(Math.ceil(inSize / stride) + before, outSize + after),
    before,
    after,
    phases: used,
    taps: offsets.map((offset, i) => ({ plane: used.indexOf(phases[i]!), offset })),
  };
}

/**
 * Lay out both axes.
 *
 * @param info The convolution.
 * @returns Cells and taps of either axis.
 */
export function tapAxes(info: backend_util.Conv2DInfo): { rows: TapAxis; columns: TapAxis } {
  const rows = tapAxis({
    inSize: info.inHeight,
    outSize: info.outHeight,
    taps: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    pad: info.padInfo.top,
  });
  const columns = tapAxis({
    inSize: info.inWidth,
    outSize: info.outWidth,
    taps: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    pad: info.padInfo.left,
  });
  return { rows, columns };
}
