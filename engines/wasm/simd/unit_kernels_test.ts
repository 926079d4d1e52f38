import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { registerSimdKernels } from "./register.ts";
import { noise, relativeError, ROUNDING, runGuarded, runKernel } from "./testing.ts";
import { affine, affineGrad, columnMoments } from "./unit_kernels.ts";

type Data = { values: Float32Array; shape: number[] };

await tf.setBackend("wasm");
registerSimdKernels();

const data = (shape: number[], seed: number): Data => ({
  values: noise(tf.util.sizeFromShape(shape), seed),
  shape,
});

/** What the kernels mean, in double precision and plain loops. */
function affineByHand(
  { x, matrix, bias, residual, scale, relu }: Record<"x" | "matrix" | "bias", Data> & {
    residual?: Data | undefined;
    scale?: Data | undefined;
    relu: boolean;
  },
): number[] {
  const [inner, channels] = [x.shape.at(-1)!, bias.shape[0]!];
  const entry = (row: number, column: number) =>
    matrix.shape.length === 2
      ? matrix.values[row * channels + column]!
      : row === column
      ? matrix.values[row]!
      : 0;
  return Array.from({ length: x.values.length / inner * channels }, (_, at) => {
    const [row, column] = [Math.floor(at / channels), at % channels];
    let sum = bias.values[column]!;
    for (let k = 0; k < inner; k++) sum += x.values[row * inner + k]! * entry(k, column);
    if (residual) sum += residual.values[at]! * (scale?.values[column] ?? 1);
    return relu ? Math.max(0, sum) : sum;
  });
}

const sizes = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 800 })),
  inner: fc.integer({ min: 1, max: 21 }),
  channels: fc.integer({ min: 1, max: 21 }),
  relu: fc.boolean(),
  residual: fc.boolean(),
  scale: fc.boolean(),
  diagonal: fc.boolean(),
});
type Sizes = typeof sizes extends fc.Arbitrary<infer T> ? T : never;

function affineInputs({ rows, inner, channels, residual, scale, diagonal }: Sizes) {
  return {
    x: data([rows, diagonal ? channels : inner], 1),
    matrix: data(diagonal ? [channels] : [inner, channels], 2),
    bias: data([channels], 3),
    ...(residual && { residual: data([rows, channels], 4) }),
    ...(residual && scale && { scale: data([channels], 5) }),
  };
}

Deno.test("EspalierAffine multiplies, adds and activates rows of any width", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (size) => {
      const inputs = affineInputs(size);
      const attrs = { relu: size.relu };
      const [actual] = await runKernel("wasm", { name: "EspalierAffine", inputs, attrs });
      assert(relativeError(actual!, affineByHand({ ...inputs, ...attrs })) < ROUNDING);
    }),
    { numRuns: 100, seed: 1 },
  );
});

function gradientByHand(x: Data, dy: Data, y: Data | undefined): number[][] {
  const [inner, channels] = [x.shape.at(-1)!, dy.shape.at(-1)!];
  const d = [...dy.values].map((value, at) => y && !(y.values[at]! > 0) ? 0 : value);
  const sums = new Array<number>(channels).fill(0);
  const products = new Array<number>(inner * channels).fill(0);
  d.forEach((value, at) => {
    const [row, column] = [Math.floor(at / channels), at % channels];
    sums[column]! += value;
    for (let k = 0; k < inner; k++) {
      products[k * channels + column]! += value * x.values[row * inner + k]!;
    }
  });
  return [d, sums, products];
}

Deno.test("EspalierAffineGrad masks, sums and multiplies rows of any width", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async ({ rows, inner, channels, relu, diagonal }) => {
      const x = data([rows, diagonal ? channels : inner], 1);
      const dy = data([rows, channels], 2);
      const y = relu ? data([rows, channels], 3) : undefined;
      const inputs = { x, dy, ...(y && { y }) };
      const attrs = { diagonal };
      const actual = await runKernel("wasm", { name: "EspalierAffineGrad", inputs, attrs });
      const [d, sums, products] = gradientByHand(x, dy, y);
      const expected = diagonal
        ? products!.filter((_, at) => at % channels === Math.floor(at / channels))
        : products!;
      assertEquals(relativeError(actual[0]!, d!), 0);
      // sums may cancel: their rounding is relative to what is summed
      const bound = ROUNDING * Math.sqrt(rows);
      sums!.forEach((sum, at) => assertAlmostEquals(actual[1]![at]!, sum, bound));
      expected.forEach((product, at) => assertAlmostEquals(actual[2]![at]!, product, bound));
    }),
    { numRuns: 100, seed: 2 },
  );
});

Deno.test("EspalierColumnMoments survives a mean far larger than the deviation", async () => {
  const [rows, channels] = [3001, 7];
  const x = data([rows, channels], 6);
  x.values.forEach((value, at) => x.values[at] = value * 1e-2 + 10 * (at % channels));
  const inputs = { x };
  const [mean, variance] = await runKernel("wasm", { name: "EspalierColumnMoments", inputs });
  for (let column = 0; column < channels; column++) {
    const values = [...x.values].filter((_, at) => at % channels === column);
    const expected = values.reduce((sum, value) => sum + value) / rows;
    const spread = values.reduce((sum, value) => sum + (value - expected) ** 2, 0) / rows;
    assertAlmostEquals(mean![column]!, expected, 1e-5);
    assertAlmostEquals(variance![column]! / spread, 1, ROUNDING);
  }
});

Deno.test("EspalierColumnMoments gives moments of any shape", async () => {
  const values = Float32Array.of(1, 2, 3, 5, 5, 2, 7, 8);
  const inputs = { x: { values, shape: [2, 2, 1, 2] } };
  const [mean, variance] = await runKernel("wasm", { name: "EspalierColumnMoments", inputs });
  assertEquals([...mean!], [4, 4.25]);
  assertEquals([...variance!], [5, 6.1875]);
});

Deno.test("Espalier's kernels reach past no end of a tensor", () => {
  for (
    const [rows, inner, channels] of [[13, 5, 11], [400, 3, 9], [1, 1, 1], [9, 1, 6], [
      680,
      1,
      6,
    ]] as const
  ) {
    for (const diagonal of [false, true]) {
      const x = data([rows, diagonal ? channels : inner], 1);
      const [dy, y] = [data([rows, channels], 2), data([rows, channels], 3)];
      const sizes = { rows, inner, channels, diagonal, relu: true, residual: true, scale: true };
      const runs = [
        { kernel: columnMoments, inputs: { x }, outputs: 2 },
        { kernel: affine, inputs: affineInputs(sizes), outputs: 1 },
        { kernel: affineGrad, inputs: { x, dy, y }, outputs: 3 },
      ];
      for (const { kernel, inputs, outputs } of runs) {
        const attrs = { diagonal, relu: true };
        const { results, damaged } = runGuarded(kernel, { inputs, attrs, outputs });
        assertEquals(damaged, [], kernel.name);
        for (const result of results) assertEquals(result, results[0], kernel.name);
      }
    }
  }
});

Deno.test("EspalierAffineGrad without a mask shares dy, and frees it once", () => {
  const count = tf.memory().numTensors;
  const [x, dy] = [tf.ones([5, 3]), tf.ones([5, 2])];
  const [d, sums, products] = tf.engine().runKernel("EspalierAffineGrad", { x, dy }) as unknown as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  tf.dispose(dy);
  assertEquals([...d.dataSync()], new Array(10).fill(1));
  assertEquals([...sums.dataSync()], [5, 5]);
  assertEquals([...products.dataSync()], new Array(6).fill(5));
  tf.dispose([x, d, sums, products]);
  assertEquals(tf.memory().numTensors, count);
});
