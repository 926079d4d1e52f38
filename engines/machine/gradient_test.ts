import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  assertSums,
  type GuardedRows,
  guardedRows,
  numbersOf,
  passes,
  reference,
  testMachine,
} from "./testing.ts";

/** Rows whose sums are made in float32, at most. */
const BLOCK = 256;

testMachine("gradient() masks, sums and multiplies", () => {
  using x = guardedRows(Float32Array.of(1, 2, 3, 4), 2);
  using dy = guardedRows(Float32Array.of(1, 2, 3, 4), 2);
  using wide = guardedRows(Float32Array.of(10, 20, 99, 30, 40, 99), 3);
  using y = guardedRows(Float32Array.of(1, 0, 0.5, 2), 2);
  using d = guardedRows(new Float32Array(4), 2);
  const run = (diagonal: boolean) =>
    passes.gradient(x, { rows: 2, dys: [dy, wide], y, diagonal, d });
  const { bias, matrix } = run(false);
  assertEquals([...d.values], [11, 0, 33, 44]);
  assertEquals([...bias], [44, 44]);
  assertEquals([...matrix], [11 + 99, 3 * 44, 22 + 132, 4 * 44]);
  assertEquals([...run(true).matrix], [11 + 99, 4 * 44]);
});

testMachine("gradient() takes every gradient where no y is given", () => {
  using x = guardedRows(Float32Array.of(1, 2), 1);
  using dy = guardedRows(Float32Array.of(1, 99, -3, 99), 2);
  using d = guardedRows(new Float32Array(2), 1);
  const { bias, matrix } = passes.gradient(x, { rows: 2, dys: [dy], diagonal: false, d });
  assertEquals([...d.values], [1, -3]);
  assertEquals([...bias], [-2]);
  assertEquals([...matrix], [-5]);
});

testMachine("gradient() is 0 where y is not above 0, or NaN", () => {
  using x = guardedRows(Float32Array.of(1, 1, 1, 1), 1);
  using dy = guardedRows(Float32Array.of(NaN, 2, 3, 4), 1);
  using y = guardedRows(Float32Array.of(-0, NaN, -1, 1e-40), 1);
  using d = guardedRows(new Float32Array(4), 1);
  const { bias } = passes.gradient(x, { rows: 4, dys: [dy], y, diagonal: false, d });
  assertEquals([...d.values], [0, 0, 0, 4]);
  assertEquals([...bias], [4]);
});

testMachine("gradient() is 0 without rows", () => {
  using none = guardedRows(new Float32Array(0), 40);
  const options = { rows: 0, dys: [none], diagonal: false, d: none };
  assertEquals(passes.gradient(none, options), {
    bias: new Float64Array(40),
    matrix: new Float64Array(1600),
  });
});

testMachine("gradient() may write over its gradients or y", () => {
  const random = numbersOf(5);
  const [rows, depth, width] = [300, 70, 70];
  const make = () => guardedRows(random(rows * width), width);
  using x = guardedRows(random(rows * depth), depth);
  using dy = make();
  using other = make();
  using y = make();
  using d = make();
  const options = { rows, dys: [dy, other], y, diagonal: false };
  const apart = passes.gradient(x, { ...options, d });
  for (const over of [dy, other, y]) {
    const before = over.values.slice();
    assertEquals(passes.gradient(x, { ...options, d: over }), apart);
    assertEquals(over.values, d.values);
    over.values.set(before);
  }
});

const cases = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 700 })),
  depth: fc.integer({ min: 1, max: 70 }),
  width: fc.integer({ min: 1, max: 70 }),
  wider: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 2 }),
  masked: fc.boolean(),
  diagonal: fc.boolean(),
  seed: fc.nat(),
});

/** d, exactly: one addition rounds alike everywhere. */
function expectedD(dys: readonly GuardedRows[], y: GuardedRows | undefined, d: GuardedRows) {
  return d.values.map((_, at) => {
    const [row, column] = [Math.floor(at / d.channels), at % d.channels];
    if (y && !(y.values[at]! > 0)) return 0;
    return dys.map((dy) => dy.values[row * dy.channels + column]!).reduce((a, b) => a + b);
  });
}

testMachine("gradient() is what loops in doubles give, and touches nothing else", () => {
  fc.assert(
    fc.property(cases, ({ rows, depth, wider, masked, diagonal, seed, ...rest }) => {
      const width = diagonal ? Math.min(rest.width, depth) : rest.width;
      const random = numbersOf(seed);
      using stack = new DisposableStack();
      const make = (channels: number) => stack.use(guardedRows(random(rows * channels), channels));
      const [x, d, dys] = [make(depth), make(width), wider.map((more) => make(width + more))];
      const y = masked ? make(width) : undefined;
      const { bias, matrix } = passes.gradient(x, { rows, dys, y, diagonal, d });
      assertEquals(d.values, expectedD(dys, y, d));
      const [sums, products] = [reference(width), reference(matrix.length)];
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < width; column++) {
          const value = d.values[row * width + column]!;
          sums.add(column, value);
          const channels = diagonal ? [column] : Array.from({ length: depth }, (_, at) => at);
          for (const channel of channels) {
            const at = diagonal ? column : channel * width + column;
            products.add(at, value * x.values[row * depth + channel]!);
          }
        }
      }
      assertSums(bias, sums, Math.min(rows, BLOCK));
      assertSums(matrix, products, Math.min(rows, BLOCK));
      d.assertIntact();
    }),
    { numRuns: 120 },
  );
});

testMachine("gradient() works on panels and tiles of wide rows", () => {
  const random = numbersOf(7);
  const [rows, depth, width] = [70, 261, 150];
  using x = guardedRows(random(rows * depth), depth);
  using dy = guardedRows(random(rows * width), width);
  using d = guardedRows(new Float32Array(rows * width), width);
  const { bias, matrix } = passes.gradient(x, { rows, dys: [dy], diagonal: false, d });
  assertEquals(d.values, dy.values);
  const [sums, products] = [reference(width), reference(depth * width)];
  dy.values.forEach((value, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    sums.add(column, value);
    for (let channel = 0; channel < depth; channel++) {
      products.add(channel * width + column, value * x.values[row * depth + channel]!);
    }
  });
  assertSums(bias, sums, rows);
  assertSums(matrix, products, rows);
});

testMachine("gradient() refuses sizes that do not fit", () => {
  const rows = (channels: number) => ({ address: 0n, channels });
  const fits = { rows: 1, dys: [rows(3)], diagonal: false, d: rows(3) };
  const refuses = (wrong: object, message: string) => {
    const call = () => passes.gradient(rows(2), { ...fits, ...wrong });
    assertEquals(assertThrows(call, EspalierError, message).code, "ERR_ENGINE_FAILED");
  };
  refuses({ dys: [] }, "found []");
  refuses({ dys: [rows(3), rows(2)] }, "at least 3 channels: found [3,2]");
  refuses({ dys: [rows(3), rows(3), rows(3)] }, "found [3,3,3]");
  refuses({ y: rows(2) }, "y has the 3 channels of d: found 2");
  refuses({ diagonal: true }, "x has the 3 channels of d: found 2");
});
