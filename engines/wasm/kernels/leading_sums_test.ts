import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { assertGradients, assertLikeCpu, type Subject, use } from "./testing.ts";

type Axes = number | number[] | undefined;

const AXES: Axes[] = [undefined, 0, 1, 3, -1, [0, 1], [1, 2], [2, 1], [0, 1, 2], [0, 2], [0, 3], [
  1,
  2,
  3,
], []];

const subjectOf = (op: "sum" | "mean", axes: Axes, keepDims: boolean): Subject => (x) =>
  tf[op](x!, axes, keepDims);

Deno.test("sum() and mean() and their gradients equal the cpu backend's for all axes", async () => {
  for (const shape of [[2, 8, 4, 3], [8, 6, 2, 5], [1, 3, 5, 2], [16, 1, 1, 1]]) {
    for (const axes of AXES) {
      for (const keepDims of [false, true]) {
        for (const op of ["sum", "mean"] as const) {
          const message = JSON.stringify({ op, shape, axes, keepDims });
          await assertLikeCpu(subjectOf(op, axes, keepDims), { inputs: [{ shape }], message });
        }
      }
    }
  }
});

Deno.test("sum() over many rows is exact for counts", async () => {
  await use("wasm");
  for (const rows of [8, 10, 24, 1000, 3 * 4096]) {
    const values = Float32Array.from({ length: 3 * rows }, (_, i) => i % 3 === 1 ? 0 : 1 + i % 2);
    const expected = [0, 0, 0];
    values.forEach((value, i) => expected[i % 3]! += value);
    const sums = tf.tidy(() => Array.from(tf.sum(tf.tensor2d(values, [rows, 3]), 0).dataSync()));
    assertEquals(sums, expected, `${rows} rows`);
  }
});

Deno.test("sum() of integers stays integer", async () => {
  await use("wasm");
  tf.tidy(() => {
    const sum = tf.sum(tf.ones([16, 3], "int32"), 0);
    assertEquals(sum.dtype, "int32");
    assertEquals(Array.from(sum.dataSync()), [16, 16, 16]);
  });
});

Deno.test("mean() has the gradient that finite differences give", async () => {
  for (const axes of [[0, 1, 2], [1, 2]]) {
    const inputs = [{ shape: [2, 4, 2, 3] }], message = String(axes);
    await assertGradients(subjectOf("mean", axes, false), { inputs, message });
  }
});
