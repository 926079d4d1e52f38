import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { assertGradients, assertLikeCpu, use, wave } from "./testing.ts";

const SHAPES = [
  [[4, 4, 2, 3], [3]],
  [[4, 4, 2, 3], [1, 1, 1, 3]],
  [[4, 4, 2, 3], [4, 1, 1, 3]],
  [[4, 4, 2, 3], [4, 2, 3]],
  [[4, 4, 2, 3], [1, 4, 1, 3]],
  [[4, 4, 2, 3], [4, 4, 2, 1]],
  [[4, 4, 2, 3], [1, 1, 2, 1]],
  [[4, 4, 2, 3], []],
  [[64, 5], [5]],
  [[7, 5], [5]],
  [[64, 600], [600]],
  [[1, 4], [8, 1]],
] as const;

Deno.test("add(), sub(), mul() and div() broadcast as the cpu backend does", async () => {
  for (const op of ["add", "sub", "mul", "div"] as const) {
    for (const [big, small] of SHAPES) {
      for (const shapes of [[big, small], [small, big]]) {
        const inputs = shapes.map((shape, i) => {
          const length = (shape as readonly number[]).reduce((a, b) => a * b, 1);
          return { shape: [...shape], values: wave(length, i).map((value) => value + 2) };
        });
        const message = JSON.stringify({ op, shapes });
        await assertLikeCpu((a, b) => tf[op](a!, b!), { inputs, message });
      }
    }
  }
});

Deno.test("mul() by channel has the gradients that finite differences give", async () => {
  const inputs = [{ shape: [2, 4, 2, 3] }, { shape: [3] }];
  await assertGradients((a, b) => tf.mul(a!, b!), { inputs, message: "channels" });
});

Deno.test("add() of integers stays integer", async () => {
  await use("wasm");
  tf.tidy(() => {
    const sum = tf.add(tf.ones([16, 3], "int32"), tf.tensor1d([1, 2, 3], "int32"));
    assertEquals(sum.dtype, "int32");
    assertEquals(Array.from(sum.dataSync()).slice(0, 6), [2, 3, 4, 2, 3, 4]);
  });
});
