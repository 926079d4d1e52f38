import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { assertSums, guardedRows, numbersOf, passes, reference, testMachine } from "./testing.ts";

/** Rows whose sums are made in float32, at most. */
const BLOCK = 256;

testMachine("moments() adds up each channel and its squares", () => {
  using x = guardedRows(Float32Array.of(1, -2, 3, 4, 5, 6), 2);
  const { sums, squares } = passes.moments(x, { rows: 3 });
  assertEquals([...sums], [9, 8]);
  assertEquals([...squares], [1 + 9 + 25, 4 + 16 + 36]);
});

testMachine("moments() adds up blocks of rows in doubles", () => {
  // In float32 2^24 + 1 is 2^24.
  const numbers = new Float32Array(2 * BLOCK);
  numbers[0] = 2 ** 24;
  numbers[BLOCK] = 1;
  using x = guardedRows(numbers, 1);
  assertEquals(passes.moments(x, { rows: numbers.length }).sums[0], 2 ** 24 + 1);
});

testMachine("moments() is 0 without rows", () => {
  using x = guardedRows(new Float32Array(0), 3);
  assertEquals(passes.moments(x, { rows: 0 }), {
    sums: new Float64Array(3),
    squares: new Float64Array(3),
  });
});

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 800 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 300 })),
  seed: fc.nat(),
});

testMachine("moments() is what loops in doubles give, and reads nothing else", () => {
  fc.assert(
    fc.property(cases, ({ rows, channels, seed }) => {
      using x = guardedRows(numbersOf(seed)(rows * channels), channels);
      const { sums, squares } = passes.moments(x, { rows });
      const [first, second] = [reference(channels), reference(channels)];
      x.values.forEach((value, at) => {
        first.add(at % channels, value);
        second.add(at % channels, value * value);
      });
      assertSums(sums, first, Math.min(rows, BLOCK));
      assertSums(squares, second, Math.min(rows, BLOCK));
    }),
    { numRuns: 60 },
  );
});
