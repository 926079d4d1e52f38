/**
 * Depthwise convolution and its gradients.
 *
 * @module
 */
import { clearUntapped, type ConvInfo, forwardOf, inputGradientOf } from "./convolution.ts";
import { blockingOf, type Correlation, type Strip, stripsOf } from "./correlate.ts";
import { UNROLLED } from "./depthwise_routines.ts";
import type { Heap } from "./heap.ts";
import { paddedChannels } from "./panels.ts";

const FLOAT = 4;

/** Addresses of the data, and the filters [taps, channels] on the host. */
export interface DepthwiseOperands {
  readonly x: number;
  readonly kernel: Float32Array;
  readonly out: number;
}

/** Counts and steps of the walk over a strip, whose output begins at `y`. */
function walkOf(
  { input: [, , , channels], padded, strides, output, target }: Correlation,
  { strip, y, weights }: { readonly strip: Strip; readonly y: number; readonly weights: number },
): number[] {
  const pixel = channels * FLOAT, line = padded[1] * pixel;
  const offset = target.origin + strip.image * target.image + strip.row * target.row;
  return [
    ...[strip.images, strip.rows, output[1], paddedChannels(channels) / 4, channels, weights],
    ...[strip.x, padded[0] * line, strides[0] * line, strides[1] * pixel],
    ...[y + offset * FLOAT, target.image * FLOAT, target.row * FLOAT, target.column * FLOAT],
  ];
}

/** Correlate each channel with a filter of its own: `taps` are the rows of the kernel, in order. */
function correlateChannels(
  heap: Heap,
  correlation: Correlation,
  { x, kernel, out, taps }: DepthwiseOperands & { readonly taps: readonly number[] },
): void {
  const copied = { ...correlation, copies: true };
  const { input: [, , , channels], padded, kernel: [rows, columns] } = copied;
  const width = paddedChannels(channels), pixel = channels * FLOAT;
  const [weights, room] = heap.scratch(
    taps.length * width * FLOAT,
    blockingOf(copied).bytes,
  ) as [number, number];
  const view = heap.floats(weights, taps.length * width).fill(0);
  taps.forEach((tap, at) =>
    view.set(kernel.subarray(tap * channels, (tap + 1) * channels), at * width)
  );
  const isUnrolled = [rows, columns].every((size) => size <= UNROLLED.length);
  const run = heap.call[isUnrolled ? `depthwise${rows}${columns}` : "depthwise"]!;
  for (const strip of stripsOf(heap, copied, { x, room })) {
    run(
      ...walkOf(copied, { strip, y: out, weights }),
      ...[rows, columns, padded[1] * pixel, pixel, width * FLOAT],
    );
  }
}

/** Filter the channels. */
export function runDepthwise(heap: Heap, info: ConvInfo, operands: DepthwiseOperands): void {
  const taps = Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => tap);
  correlateChannels(heap, forwardOf(info), { ...operands, taps });
}

/** The input gradient: `x` is that of the output, `out` that of the input. */
export function runDepthwiseInputGradient(
  heap: Heap,
  info: ConvInfo,
  operands: DepthwiseOperands,
): void {
  const { inChannels, outChannels } = info;
  clearUntapped(heap, info, operands.out);
  for (const { correlation, layout: { slabs } } of inputGradientOf(info)) {
    const taps = slabs.map((slab) => slab / (inChannels * outChannels));
    correlateChannels(heap, correlation, { ...operands, taps });
  }
}

/**
 * The gradient of the filters, [taps, channels]. Up to three floats behind `dy` are read.
 *
 * @param heap Where the data are.
 * @param info The convolution.
 * @param options Addresses of x and of the output's gradient.
 * @returns The gradient, on the host.
 */
export function depthwiseFilterGradient(
  heap: Heap,
  info: ConvInfo,
  { x, dy }: { readonly x: number; readonly dy: number },
): Float32Array {
  const forward = { ...forwardOf(info), copies: true };
  const { input: [, , , channels], padded, kernel: [rows, columns] } = forward;
  const taps = rows * columns, width = paddedChannels(channels);
  const [sums, room] = heap.scratch(taps * width * FLOAT, blockingOf(forward).bytes) as [
    ...[number, number],
  ];
  heap.floats(sums, taps * width).fill(0);
  for (const strip of stripsOf(heap, forward, { x, room })) {
    for (let tap = 0; tap < taps; tap++) {
      const shift = (Math.floor(tap / columns) * padded[1] + tap % columns) * channels * FLOAT;
      heap.call["depthwiseSums"]!(...walkOf(forward, {
        strip: { ...strip, x: strip.x + shift },
        ...{ y: dy, weights: sums + tap * width * FLOAT },
      }));
    }
  }
  const found = heap.floats(sums, taps * width), gradient = new Float32Array(taps * channels);
  for (let tap = 0; tap < taps; tap++) {
    gradient.set(found.subarray(tap * width, tap * width + channels), tap * channels);
  }
  return gradient;
}
