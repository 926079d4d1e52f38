/**
 * Filter gradient of a convolution: the sum over all output pixels of window ⊗ dy.
 *
 * @module
 */
import { type ConvInfo, forwardOf } from "./convolution.ts";
import { blockingOf, type Correlation, type Strip, stripsOf } from "./correlate.ts";
import type { Heap } from "./heap.ts";
import { addProducts, type SumsLayout, sumsOf, unpackSums } from "./sums.ts";
import { filterGradientOfTiles, filteringOf } from "./winograd.ts";

const FLOAT = 4;

interface Pointers {
  readonly x: number;
  readonly d: number;
  readonly sums: number;
  readonly room: number;
}

function addStrip(
  heap: Heap,
  { input, padded, strides, output, channels }: Correlation,
  { strip, sums, pointers }: { strip: Strip; sums: SumsLayout; pointers: Pointers },
): void {
  const row = padded[1] * input[3];
  const before = (strip.image * output[0] + strip.row) * output[1] * channels;
  addProducts(heap, sums, {
    at: pointers.sums,
    counts: [strip.images, strip.rows, output[1]],
    x: [
      ...[strip.x, row, strides[1] * input[3]] as const,
      strides[0] * row - output[1] * strides[1] * input[3],
      (padded[0] - strip.rows * strides[0]) * row,
    ],
    d: [pointers.d + before * FLOAT, 0, channels],
  });
}

/** Fewest floats in the copies of the last images. */
const COPIED = 8;

/**
 * Compute a filter gradient.
 *
 * The routine reads whole blocks, up to eight floats past the end of a pixel. The last images are
 * therefore read from copies with room behind them.
 *
 * @param heap Where everything is.
 * @param info The convolution.
 * @param options Addresses of x and dy.
 * @returns The gradient, on the host.
 */
export function filterGradient(
  heap: Heap,
  info: ConvInfo,
  { x, dy }: { readonly x: number; readonly dy: number },
): Float32Array {
  const forward = forwardOf(info);
  const filtering = filteringOf(forward, { forward: false });
  if (filtering) return filterGradientOfTiles(heap, forward, { x, dy, filtering });
  const { input: [images, ...image], kernel, output, channels } = forward;
  const imageFloats = image[0] * image[1] * image[2];
  const dyFloats = output[0] * output[1] * channels;
  const copied = Math.min(images, Math.ceil(COPIED / Math.min(imageFloats, dyFloats)));
  const direct = images - copied;
  const last: Correlation = { ...forward, input: [copied, ...image], copies: true };
  const rest: Correlation = { ...forward, input: [direct, ...image] };
  const length = kernel[1] * image[2];
  const sums = sumsOf({ taps: kernel[0], length, channels });
  const [sumsAt, lastDy, room] = heap.scratch(
    sums.floats * FLOAT,
    copied * dyFloats * FLOAT + 16,
    Math.max(blockingOf(rest).bytes, blockingOf(last).bytes),
  ) as [number, number, number];
  heap.floats(sumsAt, sums.floats).fill(0);
  heap.floats(lastDy, copied * dyFloats)
    .set(heap.floats(dy + direct * dyFloats * FLOAT, copied * dyFloats));
  const all: [Correlation, Pointers][] = [
    [rest, { x, d: dy, sums: sumsAt, room }],
    [last, { x: x + direct * imageFloats * FLOAT, d: lastDy, sums: sumsAt, room }],
  ];
  for (const [part, pointers] of all) {
    for (const strip of stripsOf(heap, part, pointers)) {
      addStrip(heap, part, { strip, sums, pointers });
    }
  }
  const gradient = new Float32Array(kernel[0] * length * channels);
  unpackSums(gradient, heap.floats(sumsAt, sums.floats), sums);
  return gradient;
}
