import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { assertLikeCpu, use } from "./testing.ts";

Deno.test("slice() and its gradient equal the cpu backend's for every rank and run", async () => {
  const cases: [number[], number[], number[]][] = [
    [[7], [2], [3]],
    [[4, 5], [1, 2], [2, 3]],
    [[4, 5], [1, 0], [2, -1]],
    [[3, 4, 5], [1, 1, 0], [2, 2, 5]],
    [[3, 4, 50], [1, 0, 3], [2, 4, 40]],
    [[2, 3, 4, 5], [0, 1, 0, 2], [2, 2, 4, 3]],
    [[2, 3, 4, 5], [1, 1, 1, 0], [1, 2, 2, 5]],
    [[2, 3, 4, 5], [0, 0, 0, 0], [2, 3, 4, 5]],
    [[2, 3, 2, 3, 2], [0, 1, 0, 1, 0], [2, 1, 2, 2, 1]],
    [[3, 4], [1, 1], [0, 2]],
  ];
  for (const [shape, begin, size] of cases) {
    const message = JSON.stringify({ shape, begin, size });
    await assertLikeCpu((x) => tf.slice(x!, begin, size), { inputs: [{ shape }], message });
  }
});

Deno.test("slice() takes integers and booleans", async () => {
  await use("wasm");
  tf.tidy(() => {
    const whole = tf.tensor2d([1, 2, 3, 0, 5, 6], [2, 3], "int32");
    assertEquals(Array.from(tf.slice(whole, [0, 1], [2, 2]).dataSync()), [2, 3, 5, 6]);
    const truth = tf.slice(tf.greater(whole, 0), [1, 0], [1, 2]);
    assertEquals([truth.dtype, ...truth.dataSync()], ["bool", 0, 1]);
  });
});
