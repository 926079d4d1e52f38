import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assertSums, guardedRows, numbersOf, passes, reference, testMachine } from "./testing.ts";

/** y of a small example. */
function run(
  options: Readonly<Record<"x" | "matrix" | "bias", readonly number[]>> & {
    readonly depth: number;
    readonly diagonal?: boolean;
    readonly residual?: readonly (readonly number[])[];
    readonly scale?: readonly number[];
    readonly relu?: boolean;
  },
): number[] {
  const { x, depth, matrix, bias, diagonal = false, residual, scale, relu = false } = options;
  const rows = x.length / depth;
  using input = guardedRows(Float32Array.from(x), depth);
  using y = guardedRows(new Float32Array(rows * bias.length), bias.length);
  using added = guardedRows(Float32Array.from(residual?.flat() ?? []), residual?.[0]?.length ?? 0);
  passes.affine(input, {
    ...{ rows, matrix: Float32Array.from(matrix), diagonal, bias: Float32Array.from(bias), relu },
    ...{ residual: residual && added, scale: scale && Float32Array.from(scale), y },
  });
  return [...y.values];
}

testMachine("affine() multiplies, adds the bias and applies relu", () => {
  const example = { x: [1, 2, 3, 4], depth: 2, matrix: [1, 0, -1, 2, 1, 0], bias: [10, 20, -5] };
  assertEquals(run(example), [15, 22, -6, 21, 24, -8]);
  assertEquals(run({ ...example, relu: true }), [15, 22, 0, 21, 24, 0]);
});

testMachine("affine() scales the first channels by a diagonal", () => {
  const x = [1, 2, 100, 3, 4, 100];
  assertEquals(run({ x, depth: 3, matrix: [2, -1], diagonal: true, bias: [1, 1] }), [3, -1, 7, -3]);
});

testMachine("affine() adds a residual of any width into the first channels, scaled", () => {
  const example = { x: [1, 2], depth: 1, matrix: [1, 1], bias: [0, 0] };
  assertEquals(run({ ...example, residual: [[10], [20]] }), [11, 1, 22, 2]);
  assertEquals(run({ ...example, residual: [[10], [20]], scale: [2, 9] }), [21, 1, 42, 2]);
  assertEquals(run({ ...example, residual: [[10, 20, 30], [40, 50, 60]] }), [11, 21, 42, 52]);
});

testMachine("affine() lets NaN through relu", () => {
  const y = run({ x: [NaN, -1, 1], depth: 1, matrix: [1], bias: [0], relu: true });
  assertEquals(y, [NaN, 0, 1]);
});

testMachine("affine() does nothing without rows", () => {
  assertEquals(run({ x: [], depth: 3, matrix: [1, 2, 3], bias: [1] }), []);
});

testMachine("affine() may write over its residual", () => {
  const random = numbersOf(3);
  const [rows, depth, width] = [37, 20, 33];
  using x = guardedRows(random(rows * depth), depth);
  using residual = guardedRows(random(rows * width), width);
  using y = guardedRows(new Float32Array(rows * width), width);
  const options = {
    ...{ rows, matrix: random(depth * width), diagonal: false, bias: random(width) },
    ...{ residual, scale: random(width), relu: true },
  };
  passes.affine(x, { ...options, y });
  passes.affine(x, { ...options, y: residual });
  assertEquals(residual.values, y.values);
});

const small = fc.record({
  rows: fc.integer({ min: 1, max: 80 }),
  depth: fc.integer({ min: 1, max: 90 }),
  width: fc.integer({ min: 1, max: 150 }),
  residual: fc.option(fc.integer({ min: 1, max: 160 })),
  scaled: fc.boolean(),
  diagonal: fc.boolean(),
  relu: fc.boolean(),
  seed: fc.nat(),
});

testMachine("affine() is what loops in doubles give, and touches nothing else", () => {
  fc.assert(
    fc.property(small, ({ rows, depth, scaled, diagonal, relu, seed, ...rest }) => {
      const width = diagonal ? Math.min(rest.width, depth) : rest.width;
      const random = numbersOf(seed);
      const extra = rest.residual ?? 0;
      using x = guardedRows(random(rows * depth), depth);
      using residual = guardedRows(random(rows * extra), extra);
      using y = guardedRows(new Float32Array(rows * width), width);
      const [matrix, bias] = [random(diagonal ? width : depth * width), random(width)];
      const scale = scaled ? random(width) : undefined;
      passes.affine(x, {
        ...{ rows, matrix, diagonal, bias, scale, relu, y },
        residual: rest.residual === null ? undefined : residual,
      });
      const expected = reference(rows * width);
      for (let row = 0; row < rows; row++) {
        const terms = (column: number): number[] => [
          bias[column]!,
          ...(column < extra
            ? [residual.values[row * extra + column]! * (scale?.[column] ?? 1)]
            : []),
          ...(diagonal ? [column] : Array.from({ length: depth }, (_, channel) => channel)).map(
            (channel) =>
              x.values[row * depth + channel]! *
              matrix[diagonal ? column : channel * width + column]!,
          ),
        ];
        for (let column = 0; column < width; column++) {
          for (const term of terms(column)) expected.add(row * width + column, term);
        }
      }
      // relu brings numbers no further apart.
      if (relu) expected.sums.forEach((sum, at) => expected.sums[at] = Math.max(0, sum));
      assertSums(y.values, expected, (diagonal ? 1 : depth) + 2);
      y.assertIntact();
    }),
    { numRuns: 150 },
  );
});

testMachine("affine() refuses sizes that do not fit", () => {
  const rows = (channels: number) => ({ address: 0n, channels });
  const fits = {
    ...{ rows: 1, matrix: new Float32Array(6), diagonal: false, bias: new Float32Array(3) },
    ...{ relu: false, y: rows(3) },
  };
  const refuses = (wrong: Partial<typeof fits> & { scale?: Float32Array }, message: string) => {
    const call = () => passes.affine(rows(2), { ...fits, ...wrong });
    assertEquals(assertThrows(call, EspalierError, message).code, "ERR_ENGINE_FAILED");
  };
  refuses({ matrix: new Float32Array(5) }, "found 5 numbers");
  refuses({ diagonal: true, matrix: new Float32Array(3) }, "a diagonal of at most 2");
  refuses({ y: rows(4) }, "y has the bias's 3 channels: found 4");
  refuses({ scale: new Float32Array(2) }, "the scale has the bias's 3 numbers: found 2");
  refuses({ rows: 1.5 }, "found 1.5");
  refuses({ rows: -1 }, "found -1");
});
