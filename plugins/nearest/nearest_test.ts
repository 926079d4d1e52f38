import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { nearestMatrix, repeatChannels } from "./nearest.ts";

await tf.setBackend("cpu");

Deno.test("nearestMatrix() repeats channels evenly", () => {
  assertEquals([...nearestMatrix(2, 3)], [1, 1, 0, 0, 0, 1]);
  assertEquals([...nearestMatrix(2, 4)], [1, 1, 0, 0, 0, 0, 1, 1]);
});

Deno.test("repeatChannels() takes channel ⌊t·c/C⌋", () => {
  const widths = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
  fc.assert(fc.property(widths, ([from, to]) => {
    tf.tidy(() => {
      const x = Array.from({ length: from }, (_, i) => i + 1);
      const expected = Array.from({ length: to }, (_, t) => x[Math.floor(t * from / to)]!);
      assertEquals([...repeatChannels(tf.tensor([x, x]), to).dataSync()], [
        ...expected,
        ...expected,
      ]);
    });
  }));
});

Deno.test("repeatChannels() sums the gradients of a channel's copies", () => {
  const upstream = tf.tensor([[1, 2, 4, 8, 16]]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(repeatChannels(x, 5), upstream)))(tf.ones([1, 2]));
  // ⌊t·2/5⌋ = 0 0 0 1 1
  assertEquals(gradient.arraySync(), [[7, 24]]);
});

Deno.test("repeatChannels() makes one tensor, and it alone", () => {
  const x = tf.ones([2, 3, 3, 5]);
  const before = tf.memory().numTensors;
  for (const channels of [5, 8]) {
    const y = repeatChannels(x, channels);
    assertEquals(tf.memory().numTensors, before + 1);
    y.dispose();
    assert(!x.isDisposed);
  }
  x.dispose();
});
