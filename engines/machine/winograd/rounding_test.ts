import { assert } from "@std/assert";
import {
  INPUT_TRANSFORM,
  KERNEL_TRANSFORM,
  type Matrix,
  OUTPUT_TRANSFORM,
  sandwich,
  transposed,
} from "../../winograd.ts";
import { numbersOf, testMachine } from "../testing.ts";
import { eachProduct, guardedImages, type Pixels, winograd } from "./testing.ts";

const ROUNDING = 2 ** -24;

const absolute = (matrix: Matrix): Matrix => matrix.map((row) => row.map(Math.abs));
const B = absolute(INPUT_TRANSFORM);
const G = absolute(KERNEL_TRANSFORM);
const A = absolute(transposed(OUTPUT_TRANSFORM));

const filled = (size: number, value: number): number[][] =>
  Array.from({ length: size }, () => Array(size).fill(value));

/**
 * How large the terms of an output get that are added up, for data up to 1 and one channel or tile.
 * The error is at most that, times the channels or tiles, times the roundings on the longest way.
 */
function largest(products: Matrix, back: Matrix): number {
  return Math.max(...sandwich(back, products).flat());
}

const times = (a: Matrix, b: Matrix): number[][] =>
  a.map((row, y) => row.map((value, x) => value * b[y]![x]!));

const [INPUT, KERNEL, GRADIENT] = [
  sandwich(B, filled(4, 1)),
  sandwich(G, filled(3, 1)),
  sandwich(A, filled(2, 1)),
];

/** Roundings of the transforms: two of the input, four of the kernel, four of the output; or fewer. */
const TRANSFORMS = 2 + 4 + 4;
const PIXELS: Pixels = [4, 16, 16];
const [FROM, TO] = [24, 40];
const COUNT = 4 * 16 * 16;

/** Largest difference between floats and doubles. */
const difference = (actual: Float32Array, expected: Float64Array): number =>
  actual.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);

testMachine("convolve() and inputGradient() round no more than the transforms allow", () => {
  const random = numbersOf(7);
  const kernel = random(9 * FROM * TO);
  using x = guardedImages(random(COUNT * FROM), { pixels: PIXELS, channels: FROM });
  using y = guardedImages(new Float32Array(COUNT * TO), { pixels: PIXELS, channels: TO });
  winograd.convolve(x, { kernel, y });
  const sums = new Float64Array(y.values.length);
  const sizes = { pixels: PIXELS, from: FROM, to: TO };
  eachProduct(sizes, (i, k, o) => sums[o]! += x.values[i]! * kernel[k]!);
  const amplified = largest(times(INPUT, KERNEL), transposed(A));
  const bound = (channels: number): number =>
    1.01 * ROUNDING * (TRANSFORMS + channels) * channels * amplified;
  assert(difference(y.values, sums) <= bound(FROM));

  using dy = guardedImages(random(COUNT * TO), { pixels: PIXELS, channels: TO });
  using dx = guardedImages(new Float32Array(COUNT * FROM), { pixels: PIXELS, channels: FROM });
  winograd.inputGradient(dy, { kernel, dx });
  const gradient = new Float64Array(dx.values.length);
  eachProduct(sizes, (i, k, o) => gradient[i]! += dy.values[o]! * kernel[k]!);
  assert(difference(dx.values, gradient) <= bound(TO));
});

testMachine("kernelGradient() rounds no more than the transforms allow", () => {
  const random = numbersOf(8);
  using x = guardedImages(random(COUNT * FROM), { pixels: PIXELS, channels: FROM });
  using dy = guardedImages(random(COUNT * TO), { pixels: PIXELS, channels: TO });
  const actual = winograd.kernelGradient(x, { dy });
  const sums = new Float64Array(actual.length);
  const sizes = { pixels: PIXELS, from: FROM, to: TO };
  eachProduct(sizes, (i, k, o) => sums[k]! += x.values[i]! * dy.values[o]!);
  const tiles = COUNT / 4;
  const amplified = largest(times(INPUT, GRADIENT), transposed(G));
  assert(
    difference(actual, sums) <= 1.01 * ROUNDING * (TRANSFORMS + tiles) * tiles * amplified,
  );
});
