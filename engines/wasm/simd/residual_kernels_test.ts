import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { registerSimdKernels } from "./register.ts";
import { residualAdd, residualAddGrad } from "./residual_kernels.ts";
import { noise, relativeError, ROUNDING, runGuarded, runKernel } from "./testing.ts";

await tf.setBackend("wasm");
registerSimdKernels();

const data = (shape: number[], seed: number) => ({
  values: noise(tf.util.sizeFromShape(shape), seed),
  shape,
});

const cases = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 800 })),
  channels: fc.tuple(fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 21 })),
  relu: fc.boolean(),
});

Deno.test("EspalierResidualAdd adds the narrower into the wider", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, channels, relu }) => {
      const [a, b] = [data([rows, channels[0]], 1), data([rows, channels[1]], 2)];
      const width = Math.max(...channels);
      const expected = Array.from({ length: rows * width }, (_, at) => {
        const [row, column] = [Math.floor(at / width), at % width];
        const parts = [a, b].map(({ values, shape }) =>
          column < shape[1]! ? values[row * shape[1]! + column]! : 0
        );
        return Math.max(relu ? 0 : -Infinity, parts[0]! + parts[1]!);
      });
      const call = { name: "EspalierResidualAdd", inputs: { a, b }, attrs: { relu } };
      const [actual] = await runKernel("wasm", call);
      assert(relativeError(actual!, expected) < ROUNDING);
    }),
    { numRuns: 60, seed: 5 },
  );
});

Deno.test("EspalierResidualAddGrad gives each side its channels", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, channels, relu }) => {
      const width = Math.max(...channels);
      const [dy, y] = [data([rows, width], 1), data([rows, width], 2)];
      const expected = channels.map((own) =>
        Float32Array.from({ length: rows * own }, (_, at) => {
          const source = Math.floor(at / own) * width + at % own;
          return relu && !(y.values[source]! > 0) ? 0 : dy.values[source]!;
        })
      );
      const inputs = { dy, ...(relu && { y }) };
      const attrs = { channels };
      const actual = await runKernel("wasm", { name: "EspalierResidualAddGrad", inputs, attrs });
      assertEquals(actual, expected);
    }),
    { numRuns: 60, seed: 6 },
  );
});

Deno.test("Espalier's residual kernels reach past no end of a tensor", () => {
  for (const channels of [[5, 11], [11, 1], [3, 3]] as const) {
    for (const rows of [3, 400]) {
      const [a, b] = [data([rows, channels[0]], 1), data([rows, channels[1]], 2)];
      const width = Math.max(...channels);
      const [dy, y] = [data([rows, width], 3), data([rows, width], 4)];
      const runs = [
        { kernel: residualAdd, inputs: { a, b }, attrs: { relu: true }, outputs: 1 },
        { kernel: residualAddGrad, inputs: { dy, y }, attrs: { channels }, outputs: 2 },
        { kernel: residualAddGrad, inputs: { dy }, attrs: { channels }, outputs: 2 },
      ];
      for (const { kernel, ...call } of runs) {
        const { results, damaged } = runGuarded(kernel as never, call as never);
        assertEquals(damaged, [], kernel.name);
        for (const result of results) assertEquals(result, results[0], kernel.name);
      }
    }
  }
});

Deno.test("Identity shares the values and frees them once", async () => {
  await tf.setBackend("wasm");
  const count = tf.memory().numTensors;
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.engine().runKernel("Identity", { x }) as tf.Tensor;
  x.dispose();
  assertEquals([...y.dataSync()], [1, 2, 3]);
  y.dispose();
  assertEquals(tf.memory().numTensors, count);
});
