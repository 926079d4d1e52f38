import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { padChannels, paddingMatrix } from "./zero_pad.ts";

await tf.setBackend("cpu");

Deno.test("paddingMatrix() is the identity with columns of zeros", () => {
  assertEquals([...paddingMatrix(2, 3)], [1, 0, 0, 0, 1, 0]);
  assertEquals([...paddingMatrix(2, 2)], [1, 0, 0, 1]);
});

Deno.test("padChannels() appends zeros and is the product with paddingMatrix()", () => {
  const shapes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(fc.property(shapes, ([from, extra]) => {
    tf.tidy(() => {
      const to = from + extra;
      const x = tf.randomUniform([2, 3, from], -1, 1, "float32", 2);
      const product = tf.matMul(
        x.reshape([-1, from]),
        tf.tensor(paddingMatrix(from, to), [from, to]),
      );
      const y = padChannels(x, to);
      assertEquals(y.shape, [2, 3, to]);
      assertEquals([...y.dataSync()], [...product.dataSync()]);
    });
  }));
});

Deno.test("padChannels() sends the gradient back to the channels that there were", () => {
  const upstream = tf.tensor([[1, 2, 3], [4, 5, 6]]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(padChannels(x, 3), upstream)))(tf.ones([2, 2]));
  assertEquals(gradient.arraySync(), [[1, 2], [4, 5]]);
});

Deno.test("padChannels() makes one tensor, and it alone", () => {
  const x = tf.ones([2, 3, 3, 5]);
  const before = tf.memory().numTensors;
  for (const channels of [5, 8]) {
    const y = padChannels(x, channels);
    assertEquals(tf.memory().numTensors, before + 1);
    y.dispose();
    assert(!x.isDisposed);
  }
  x.dispose();
});
