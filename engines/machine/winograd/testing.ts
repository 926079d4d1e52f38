/**
 * What the tests of the Winograd passes share.
 *
 * @module
 */
import fc from "fast-check";
import { machinePassesAvailable } from "../mod.ts";
import { type GuardedRows, guardedRows, numbersOf } from "../testing.ts";
import { openWinogradPasses } from "./open.ts";
import type { Images } from "./winograd_passes.ts";

/** The passes that the tests use. */
export const winograd = machinePassesAvailable() ? openWinogradPasses() : undefined!;

/** Size of images without their channels: batch, height, width. */
export type Pixels = readonly [number, number, number];

/** Images that end where a page begins that nobody may touch. */
export function guardedImages(
  values: Float32Array,
  { pixels: [batch, height, width], channels }: {
    readonly pixels: Pixels;
    readonly channels: number;
  },
): GuardedRows & Images {
  return { ...guardedRows(values, channels), batch, height, width };
}

/** Sizes of a convolution. */
export interface Sizes {
  readonly pixels: Pixels;
  readonly from: number;
  readonly to: number;
}

/** Call `visit` for all products of a convolution, with the places of x, kernel and y. */
export function eachProduct(
  { pixels: [batch, height, width], from, to }: Sizes,
  visit: (x: number, kernel: number, y: number) => void,
): void {
  const pixel = (image: number, row: number, column: number): number =>
    (image * height + row) * width + column;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let tap = 0; tap < 9; tap++) {
          const [r, c] = [row + Math.floor(tap / 3) - 1, column + tap % 3 - 1];
          if (r < 0 || r >= height || c < 0 || c >= width) continue;
          const [x, y] = [pixel(image, r, c) * from, pixel(image, row, column) * to];
          for (let i = 0; i < from; i++) {
            for (let o = 0; o < to; o++) visit(x + i, (tap * from + i) * to + o, y + o);
          }
        }
      }
    }
  }
}

/** Gives arrays of whole numbers from −4 to 4. */
export function integersOf(seed: number): (size: number) => Float32Array<ArrayBuffer> {
  const random = numbersOf(seed);
  return (size) => random(size).map((value) => Math.round(4 * value));
}

/** Small convolutions of any shape. */
export const sizes: fc.Arbitrary<Sizes> = fc.record({
  pixels: fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
  ),
  from: fc.integer({ min: 1, max: 40 }),
  to: fc.integer({ min: 1, max: 40 }),
});
