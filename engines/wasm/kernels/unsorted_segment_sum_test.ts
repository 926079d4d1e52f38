import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { assertLikeCpu, use } from "./testing.ts";

Deno.test("gather() has the cpu backend's gradient on every axis", async () => {
  for (const axis of [0, 1, 2]) {
    for (const indices of [[0], [1, 1, 0], [2, 0, 2, 2]]) {
      const message = JSON.stringify({ axis, indices });
      const ids = () => tf.tensor1d(indices, "int32");
      const inputs = [{ shape: [3, 4, 3] }];
      await assertLikeCpu((x) => tf.gather(x!, ids(), axis), { inputs, message });
    }
  }
});

Deno.test("unsortedSegmentSum() drops ids outside the segments", async () => {
  await use("wasm");
  tf.tidy(() => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const sums = tf.unsortedSegmentSum(x, tf.tensor1d([1, -1, 1, 2], "int32"), 2);
    assertEquals(sums.arraySync(), [[0, 0], [6, 8]]);
  });
});

Deno.test("unsortedSegmentSum() of integers stays integer", async () => {
  await use("wasm");
  tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 4], "int32");
    const sums = tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, 0], "int32"), 3);
    assertEquals([sums.dtype, ...sums.dataSync()], ["int32", 5, 0, 2]);
  });
});
