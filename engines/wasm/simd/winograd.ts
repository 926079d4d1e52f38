/**
 * Convolution with 3 × 3 kernels and stride 1 by Winograd's minimal filtering (../../winograd.ts). See
 * winograd_routines.ts for the transforms of the data; those of the kernel are here, written out, as
 * products of matrices take several times as long.
 *
 * @module
 */
import { blockingOf, type Correlation, type Strip, stripsOf } from "./correlate.ts";
import type { Heap } from "./heap.ts";
import { type MatrixLayout, paddedChannels, panelsOf } from "./panels.ts";
import { addProducts, sumsOf, unpackSums } from "./sums.ts";
import { suitsWinograd } from "../../winograd.ts";
import { ROWS, ROWS_MULTIPLE } from "./block.ts";

const FLOAT = 4;
const PLANES = 16;
/** With fewer channels the transforms cost more than they save. */
const FEWEST_CHANNELS = 8;

/**
 * Whether a correlation is done this way. Any padding will do, as the input is copied, but only whole
 * tiles; native's code walks around the edges instead, and pays from two channels on.
 */
export function usesWinograd({ kernel, strides, output, input, channels }: Correlation): boolean {
  return suitsWinograd(kernel, strides) && output.every((size) => size % 2 === 0) &&
    Math.min(input[3], channels) >= FEWEST_CHANNELS;
}

/** The correlation in strips of whole tiles, whose input is copied with room behind it. */
const inTiles = (correlation: Correlation): Correlation => ({
  ...correlation,
  copies: true,
  rowStep: 2,
});

/** Tiles of a strip, at most. */
function mostTiles(correlation: Correlation): number {
  const { images, rows } = blockingOf(correlation);
  return images * rows * correlation.output[1] / 4;
}

/** Visit the rows of tiles of a strip: image and row of output, and the number of tiles before. */
function forTileRows(
  { images, rows }: Strip,
  columns: number,
  visit: (image: number, row: number, tile: number) => void,
): void {
  let tile = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row += 2, tile += columns / 2) visit(image, row, tile);
  }
}

/** Transform the input of a strip into planes of [tiles, channels], padded to vectors. */
function transformInput(
  heap: Heap,
  { input, padded, output }: Correlation,
  { strip, planes, plane }: { strip: Strip; planes: number; plane: number },
): void {
  const pixel = input[3] * FLOAT;
  const width = paddedChannels(input[3]);
  forTileRows(strip, output[1], (image, row, tile) =>
    heap.call["winogradInput"]!(
      output[1] / 2,
      width / 4,
      strip.x + (image * padded[0] + row) * padded[1] * pixel,
      pixel,
      padded[1] * pixel,
      planes + tile * width * FLOAT,
      plane,
    ));
}

/** G g Gᵀ of a whole kernel, plane by plane, each in panels. */
export function transformKernel(to: Float32Array, from: Float32Array, layout: MatrixLayout): void {
  const { slabs, depth, depthStride, channels, channelStride } = layout;
  const plane = depth * paddedChannels(channels);
  const rows = new Float64Array(12);
  to.fill(0);
  for (const { first, vectors, channels: own } of panelsOf(channels)) {
    for (let row = 0; row < depth; row++) {
      for (let channel = 0; channel < own; channel++) {
        const source = row * depthStride + (first + channel) * channelStride;
        const tap = (index: number): number => from[slabs[index]! + source]!;
        for (let column = 0; column < 3; column++) {
          const [a, b, c] = [tap(column), tap(3 + column), tap(6 + column)];
          rows[column] = a;
          rows[3 + column] = (a + b + c) / 2;
          rows[6 + column] = (a - b + c) / 2;
          rows[9 + column] = c;
        }
        let target = first * depth + row * 4 * vectors + channel;
        for (let line = 0; line < 12; line += 3, target += 4 * plane) {
          const [a, b, c] = [rows[line]!, rows[line + 1]!, rows[line + 2]!];
          to[target] = a;
          to[target + plane] = (a + b + c) / 2;
          to[target + 2 * plane] = (a - b + c) / 2;
          to[target + 3 * plane] = c;
        }
      }
    }
  }
}

/** Addresses of the operands. */
export interface WinogradOperands {
  readonly x: number;
  /** On the host. */
  readonly kernel: Float32Array;
  readonly layout: MatrixLayout;
  readonly out: number;
  /** Writes the bias, padded to whole vectors, and the floor of the output. */
  readonly finish: (to: { readonly bias: number; readonly floor: number }) => void;
}

/** A correlation that {@linkcode usesWinograd}. */
export function correlateTiles(
  heap: Heap,
  correlation: Correlation,
  { x, kernel, layout, out, finish }: WinogradOperands,
): void {
  const tiled = inTiles(correlation);
  const { input, output, channels, target } = tiled;
  const width = paddedChannels(channels);
  const tiles = Math.ceil(mostTiles(tiled) / ROWS_MULTIPLE) * ROWS_MULTIPLE;
  const plane = tiles * paddedChannels(input[3]) * FLOAT;
  const outPlane = tiles * width * FLOAT;
  const kernelPlane = input[3] * width;
  const [kernels, bias, floor, room, planes, outPlanes] = heap.scratch(
    ...[PLANES * kernelPlane * FLOAT, width * FLOAT, FLOAT],
    ...[blockingOf(tiled).bytes, PLANES * plane, PLANES * outPlane],
  ) as [number, number, number, number, number, number];
  transformKernel(heap.floats(kernels, PLANES * kernelPlane), kernel, layout);
  finish({ bias, floor });
  const multiply = (count: number): void => {
    for (const { first, vectors } of panelsOf(channels)) {
      heap.call[`product${vectors}`]!(
        ...[PLANES, Math.ceil(count / ROWS[vectors]), input[3]],
        ...[planes, kernels + first * input[3] * FLOAT, outPlanes + first * FLOAT],
        ...[plane, kernelPlane * FLOAT, outPlane, plane / tiles, outPlane / tiles],
      );
    }
  };
  for (const strip of stripsOf(heap, tiled, { x, room })) {
    transformInput(heap, tiled, { strip, planes, plane });
    multiply(strip.images * strip.rows * output[1] / 4);
    forTileRows(strip, output[1], (image, row, tile) =>
      heap.call["winogradOutput"]!(
        ...[output[1] / 2, width / 4, outPlanes + tile * width * FLOAT, outPlane],
        out + FLOAT * (target.origin + (strip.image + image) * target.image +
              (strip.row + row) * target.row),
        ...[target.column * FLOAT, target.row * FLOAT, channels, bias, floor],
      ));
  }
}

/** Gᵀ u G of all channels: [16, size] → [9, size]. */
export function kernelOfPlanes(to: Float32Array, from: Float32Array): void {
  const size = from.length / PLANES;
  const rows = new Float64Array(12);
  for (let at = 0; at < size; at++) {
    const plane = (index: number): number => from[index * size + at]!;
    for (let column = 0; column < 4; column++) {
      const [a, b] = [plane(4 + column), plane(8 + column)];
      rows[column] = plane(column) + (a + b) / 2;
      rows[4 + column] = (a - b) / 2;
      rows[8 + column] = (a + b) / 2 + plane(12 + column);
    }
    for (let line = 0; line < 3; line++) {
      const [a, b] = [rows[4 * line + 1]!, rows[4 * line + 2]!];
      to[3 * line * size + at] = rows[4 * line]! + (a + b) / 2;
      to[(3 * line + 1) * size + at] = (a - b) / 2;
      to[(3 * line + 2) * size + at] = (a + b) / 2 + rows[4 * line + 3]!;
    }
  }
}

/** Bytes that may be read behind the planes. */
const SLACK = 64;

/** Filter gradient of a convolution that {@linkcode usesWinograd}. */
export function filterGradientOfTiles(
  heap: Heap,
  correlation: Correlation,
  { x, dy }: { readonly x: number; readonly dy: number },
): Float32Array {
  const tiled = inTiles(correlation);
  const { input, output, channels, target } = tiled;
  const [inner, width] = [paddedChannels(input[3]), paddedChannels(channels)];
  const tiles = mostTiles(tiled) + 1;
  const plane = tiles * inner * FLOAT;
  const dyPlane = tiles * width * FLOAT;
  const sums = sumsOf({ taps: PLANES, length: input[3], channels });
  const [sumsAt, room, dyPlanes, planes] = heap.scratch(
    ...[sums.floats * FLOAT, blockingOf(tiled).bytes, PLANES * dyPlane, PLANES * plane + SLACK],
  ) as [number, number, number, number];
  heap.floats(sumsAt, sums.floats).fill(0);
  for (const strip of stripsOf(heap, tiled, { x, room })) {
    transformInput(heap, tiled, { strip, planes, plane });
    forTileRows(strip, output[1], (image, row, tile) =>
      heap.call["winogradGradient"]!(
        ...[output[1] / 2, width / 4],
        dy + FLOAT * ((strip.image + image) * target.image + (strip.row + row) * target.row),
        ...[target.column * FLOAT, target.row * FLOAT, channels],
        ...[dyPlanes + tile * width * FLOAT, dyPlane],
      ));
    const count = strip.images * strip.rows * output[1] / 4;
    addProducts(heap, sums, {
      at: sumsAt,
      counts: [1, 1, count],
      x: [planes, plane / FLOAT, inner, 0, 0],
      d: [dyPlanes, dyPlane / FLOAT, width],
    });
  }
  const size = input[3] * channels;
  const all = new Float32Array(PLANES * size);
  unpackSums(all, heap.floats(sumsAt, sums.floats), sums);
  const gradient = new Float32Array(9 * size);
  kernelOfPlanes(gradient, all);
  return gradient;
}
