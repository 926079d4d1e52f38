import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  LARGE_TILES,
  type Matrix,
  suitsWinograd,
  transformInput,
  transformKernel,
  transformKernelGradient,
  transformOutput,
  transformOutputGradient,
} from "./winograd.ts";

const square = (size: number): fc.Arbitrary<Matrix> => {
  const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size, maxLength: size });
  return fc.array(row, { minLength: size, maxLength: size });
};

const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row, y) => row.map((value, x) => value * b[y]![x]!));

/** The correlation of a square with a smaller one. */
function correlate(d: Matrix, g: Matrix): Matrix {
  const size = d.length - g.length + 1;
  const sum = (y: number, x: number): number =>
    g.reduce((all, row, r) => row.reduce((part, w, c) => part + w * d[y + r]![x + c]!, all), 0);
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => sum(y, x)));
}

// + 0: a product of matrices may have −0 where a sum has 0.
const plain = (matrix: Matrix): Matrix => matrix.map((row) => row.map((value) => value + 0));

/** What 4 × 4 tiles round, of whole numbers up to 9. */
function assertClose(actual: Matrix, expected: Matrix): void {
  assertEquals(actual.length, expected.length);
  actual.flat().forEach((value, i) => assertAlmostEquals(value, expected.flat()[i]!, 1e-10));
}

Deno.test("the transforms of input, kernel and output make a correlation of products", () => {
  fc.assert(fc.property(square(4), square(3), (d, g) => {
    const y = transformOutput(times(transformKernel(g), transformInput(d)));
    assertEquals(plain(y), plain(correlate(d, g)));
  }));
  fc.assert(fc.property(square(6), square(3), (d, g) => {
    const products = times(transformKernel(g, LARGE_TILES), transformInput(d, LARGE_TILES));
    assertClose(transformOutput(products, LARGE_TILES), correlate(d, g));
  }));
});

Deno.test("the transforms of gradients make the gradient of the kernel of products", () => {
  fc.assert(fc.property(square(4), square(2), (d, dy) => {
    const g = transformKernelGradient(times(transformInput(d), transformOutputGradient(dy)));
    assertEquals(plain(g), plain(correlate(d, dy)));
  }));
  fc.assert(fc.property(square(6), square(4), (d, dy) => {
    const products = times(
      transformInput(d, LARGE_TILES),
      transformOutputGradient(dy, LARGE_TILES),
    );
    assertClose(transformKernelGradient(products, LARGE_TILES), correlate(d, dy));
  }));
});

Deno.test("suitsWinograd() takes 3 × 3 kernels at stride 1", () => {
  assertEquals(suitsWinograd([3, 3, 16, 32], [1, 1]), true);
  assertEquals(suitsWinograd([3, 3], [2, 2]), false);
  assertEquals(suitsWinograd([3, 3], [1, 2]), false);
  assertEquals(suitsWinograd([1, 3], [1, 1]), false);
  assertEquals(suitsWinograd([5, 5], [1, 1]), false);
});
