import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { matMul } from "./mat_mul.ts";
import { registerSimdKernels } from "./register.ts";
import { noise, relativeError, ROUNDING, runGuarded, runKernel } from "./testing.ts";

await tf.setBackend("wasm");
registerSimdKernels();

const data = (shape: number[], seed: number) => ({
  values: noise(tf.util.sizeFromShape(shape), seed),
  shape,
});

const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 60, max: 300 }));

Deno.test("BatchMatMul agrees with the cpu backend", async () => {
  const cases = fc.record({
    rows: length,
    depth: length,
    columns: fc.integer({ min: 1, max: 20 }),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    batch: fc.constantFrom([1], [1, 1], [3]),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, depth, columns, transposeA, transposeB, batch }) => {
      const inputs = {
        a: data([...batch, ...(transposeA ? [depth, rows] : [rows, depth])], 1),
        b: data([...batch, ...(transposeB ? [columns, depth] : [depth, columns])], 2),
      };
      const call = { name: "BatchMatMul", inputs, attrs: { transposeA, transposeB } };
      const [expected] = await runKernel("cpu", call);
      const [actual] = await runKernel("wasm", call);
      assert(relativeError(actual!, expected!) < ROUNDING);
    }),
    { numRuns: 100, seed: 4 },
  );
});

Deno.test("BatchMatMul keeps the longer shape", async () => {
  await tf.setBackend("wasm");
  const product = tf.matMul(tf.ones([1, 70, 2]), tf.ones([1, 2, 3]));
  assertEquals(product.shape, [1, 70, 3]);
  assertEquals([...product.dataSync()], new Array(210).fill(2));
  tf.dispose(product);
});

Deno.test("BatchMatMul reaches past no end of a tensor", () => {
  const runs = [
    { a: [67, 5], b: [5, 3], transposeA: false, transposeB: false },
    { a: [67, 5], b: [3, 5], transposeA: false, transposeB: true },
    { a: [9, 1], b: [9, 3], transposeA: true, transposeB: false },
    { a: [1, 1364], b: [1364, 3], transposeA: false, transposeB: false },
  ];
  for (const { a, b, ...attrs } of runs) {
    const { results, damaged } = runGuarded(matMul as never, {
      ...{ inputs: { a: data(a, 1), b: data(b, 2) }, attrs, outputs: 1 },
    });
    assertEquals(damaged, []);
    for (const result of results) assertEquals(result, results[0]);
  }
});
