/**
 * Convolution with 3 × 3 kernels and stride 1 by Winograd's minimal filtering (../../winograd.ts). See
 * winograd_routines.ts for the transforms.
 *
 * @module
 */
import { type Filtering, LARGE_TILES, SMALL_TILES, suitsWinograd } from "../../winograd.ts";
import { ROWS, ROWS_MULTIPLE } from "./block.ts";
import { blockingOf, type Correlation, type Strip, stripsOf } from "./correlate.ts";
import type { Heap } from "./heap.ts";
import { type MatrixLayout, paddedChannels, panelGroupsOf } from "./panels.ts";
import { addProducts, sumsOf } from "./sums.ts";
import { planeBytes, sumsOfKernel, TAPS, transformKernel } from "./winograd_kernel.ts";

const FLOAT = 4;
/** With fewer channels the transforms cost more than they save. */
const FEWEST_CHANNELS = 8;
/** Bytes of the planes of a strip, few enough for the second-level cache. */
const STRIP_BYTES = 2 ** 19;

/**
 * The tiles that a correlation is done in, the largest that fit; undefined where it is not done in
 * tiles. Any padding will do, as the input is copied, but only whole tiles.
 *
 * Forward, only small tiles are used. Large ones round two to three times as much, and what rounding
 * moves across the bend of a relu changes a gradient by far more than rounding.
 */
export function filteringOf(
  { kernel, strides, output, input, channels }: Correlation,
  { forward }: { readonly forward: boolean },
): Filtering | undefined {
  if (!suitsWinograd(kernel, strides)) return undefined;
  if (Math.min(input[3], channels) < FEWEST_CHANNELS) return undefined;
  return (forward ? [SMALL_TILES] : [LARGE_TILES, SMALL_TILES])
    .find(({ tile }) => output.every((size) => size % tile === 0));
}

/** A correlation in tiles. */
interface Tiled extends Correlation {
  readonly filtering: Filtering;
  /** Products of a tile. */
  readonly planes: number;
}

/** The correlation in strips of whole tiles, whose input is copied with room behind it. */
function inTiles(correlation: Correlation, filtering: Filtering): Tiled {
  const { tile } = filtering, planes = (tile + 2) ** 2;
  const { input, channels } = correlation;
  const bytes = planes * paddedChannels(Math.max(input[3], channels)) * FLOAT;
  const tiles = Math.max(1, Math.floor(STRIP_BYTES / bytes / ROWS_MULTIPLE)) * ROWS_MULTIPLE;
  const tiled = { filtering, planes, copies: true, rowStep: tile, strip: tiles * tile ** 2 };
  return { ...correlation, ...tiled };
}

/** Tiles of so many rows of images. */
const tilesIn = (
  { output, filtering: { tile } }: Tiled,
  { images, rows }: Pick<Strip, "images" | "rows">,
): number => images * rows * output[1] / tile ** 2;

/** Walk over the tiles of a strip by a transform: of its input, or of data laid out as the output. */
function transform(
  heap: Heap,
  { output, filtering: { tile } }: Tiled,
  { name, strip, at, steps, vectors, planes, rest = [] }: {
    readonly name: string;
    readonly strip: Strip;
    /** Address of the first pixel. */
    readonly at: number;
    /** Floats between images, rows and columns. */
    readonly steps: readonly [image: number, row: number, column: number];
    readonly vectors: number;
    /** Address of the planes, and bytes of one. */
    readonly planes: readonly [at: number, plane: number];
    readonly rest?: readonly number[];
  },
): void {
  const [image, row, column] = steps.map((step) => step * FLOAT) as [number, number, number];
  heap.call[`${name}${tile}`]!(
    ...[strip.images, image, strip.rows / tile, tile * row, output[1] / tile, tile * column],
    ...[vectors, at, column, row, ...planes, ...rest],
  );
}

/** Transform the input of a strip into planes of [tiles, channels], padded to vectors. */
function transformInput(
  heap: Heap,
  tiled: Tiled,
  { strip, planes }: { readonly strip: Strip; readonly planes: readonly [number, number] },
): void {
  const { input: [, , , channels], padded } = tiled, row = padded[1] * channels;
  transform(heap, tiled, {
    name: "winogradInput",
    ...{ strip, at: strip.x, steps: [padded[0] * row, row, channels], planes },
    vectors: paddedChannels(channels) / 4,
    rest: [channels],
  });
}

/** Walk over data laid out as the output. */
function transformOutput(
  heap: Heap,
  tiled: Tiled,
  { name, strip, at, planes, rest = [] }: {
    readonly name: "winogradOutput" | "winogradGradient";
    readonly strip: Strip;
    readonly at: number;
    readonly planes: readonly [number, number];
    readonly rest?: readonly number[];
  },
): void {
  const { target, channels } = tiled;
  transform(heap, tiled, {
    ...{ name, strip, planes, rest: [channels, ...rest], vectors: paddedChannels(channels) / 4 },
    at: at + FLOAT * (target.origin + strip.image * target.image + strip.row * target.row),
    steps: [target.image, target.row, target.column],
  });
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

/** A correlation in tiles. */
export function correlateTiles(
  heap: Heap,
  correlation: Correlation,
  { x, kernel, layout, out, finish, filtering }: WinogradOperands & {
    readonly filtering: Filtering;
  },
): void {
  const tiled = inTiles(correlation, filtering), { input, channels, planes: count } = tiled;
  const width = paddedChannels(channels), size = input[3] * width * FLOAT;
  const kernelPlane = planeBytes(1, size);
  const tiles = Math.ceil(tilesIn(tiled, blockingOf(tiled)) / ROWS_MULTIPLE) * ROWS_MULTIPLE;
  const pixel = paddedChannels(input[3]) * FLOAT, outPixel = width * FLOAT;
  const [plane, outPlane] = [planeBytes(tiles, pixel), planeBytes(tiles, outPixel)];
  const [taps, kernels, bias, floor, room, planes, outPlanes] = heap.scratch(
    ...[TAPS * size, count * kernelPlane, width * FLOAT, FLOAT],
    ...[blockingOf(tiled).bytes, count * plane, count * outPlane],
  ) as [number, number, number, number, number, number, number];
  transformKernel(heap, { kernel, layout, filtering, taps, planes: kernels });
  finish({ bias, floor });
  const groups = panelGroupsOf(channels);
  for (const strip of stripsOf(heap, tiled, { x, room })) {
    transformInput(heap, tiled, { strip, planes: [planes, plane] });
    for (const { first, vectors, count: panels } of groups) {
      heap.call[`product${vectors}`]!(
        ...[count, panels, Math.ceil(tilesIn(tiled, strip) / ROWS[vectors]), input[3]],
        ...[planes, kernels + first * input[3] * FLOAT, outPlanes + first * FLOAT],
        ...[plane, kernelPlane, outPlane, pixel, outPixel],
        4 * vectors * input[3] * FLOAT,
      );
    }
    transformOutput(heap, tiled, {
      name: "winogradOutput",
      ...{ strip, at: out, planes: [outPlanes, outPlane], rest: [bias, floor] },
    });
  }
}

/** Bytes that may be read behind the planes. */
const SLACK = 64;

/** Filter gradient of a convolution in tiles. */
export function filterGradientOfTiles(
  heap: Heap,
  correlation: Correlation,
  { x, dy, filtering }: {
    readonly x: number;
    readonly dy: number;
    readonly filtering: Filtering;
  },
): Float32Array {
  const tiled = inTiles(correlation, filtering), { input, channels, planes: count } = tiled;
  const [inner, width] = [paddedChannels(input[3]), paddedChannels(channels)];
  const tiles = tilesIn(tiled, blockingOf(tiled)) + 1;
  const [plane, dyPlane] = [planeBytes(tiles, inner * FLOAT), planeBytes(tiles, width * FLOAT)];
  const layout = sumsOf({ taps: count, length: input[3], channels });
  const [sums, kernel, constants, room, dyPlanes, planes] = heap.scratch(
    ...[layout.floats * FLOAT, layout.floats * FLOAT, 32, blockingOf(tiled).bytes],
    ...[count * dyPlane, count * plane + SLACK],
  ) as [number, number, number, number, number, number];
  heap.floats(sums, layout.floats).fill(0);
  for (const strip of stripsOf(heap, tiled, { x, room })) {
    transformInput(heap, tiled, { strip, planes: [planes, plane] });
    transformOutput(heap, tiled, {
      ...{ name: "winogradGradient", strip, at: dy, planes: [dyPlanes, dyPlane] },
    });
    addProducts(heap, layout, {
      at: sums,
      counts: [1, 1, tilesIn(tiled, strip)],
      x: [planes, plane / FLOAT, inner, 0, 0],
      d: [dyPlanes, dyPlane / FLOAT, width],
    });
  }
  return sumsOfKernel(heap, { planes: layout, sums, filtering, kernel, constants });
}
