import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import fixture from "../../tests/fixtures/tas/cwi.json" with { type: "json" };
import { interpolateChannels, interpolationMatrix } from "./cwi.ts";

await tf.setBackend("cpu");

/** Entries agree to float32 rounding of numbers of size one. */
function assertClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-6));
}

const widths = fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }));

Deno.test("interpolationMatrix() has the means of the definition", () => {
  // 2 → 3: out = in[0], mean(in[0], in[1]), in[1]
  assertEquals([...interpolationMatrix(2, 3)], [1, 0.5, 0, 0, 0.5, 1]);
  // 3 → 4: ⌊t·3/4⌋ = 0 0 1 2, ⌈(t+1)·3/4⌉ = 1 2 3 3
  assertEquals([...interpolationMatrix(3, 4)], [1, 0.5, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0.5, 1]);
});

Deno.test("interpolationMatrix() averages: columns sum to one, every channel is used", () => {
  fc.assert(fc.property(widths, ([from, to]) => {
    const matrix = interpolationMatrix(from, to);
    for (let t = 0; t < to; t++) {
      let sum = 0;
      for (let i = 0; i < from; i++) sum += matrix[i * to + t]!;
      assertAlmostEquals(sum, 1, 1e-5);
    }
    for (let i = 0; i < from; i++) {
      assert(matrix.subarray(i * to, (i + 1) * to).some((entry) => entry > 0));
    }
  }));
});

Deno.test("interpolateChannels() gives the recorded outputs and gradients", () => {
  for (const { from, to, input, output, upstream, inputGradient } of fixture.cases) {
    const x = tf.tensor(input);
    assertEquals(x.shape.at(-1), from);
    const gradient = tf.grad((x) =>
      tf.sum(tf.mul(interpolateChannels(x, to), tf.tensor(upstream)))
    )(x);
    assertClose(interpolateChannels(x, to).dataSync(), [...tf.tensor(output).dataSync()]);
    assertClose(gradient.dataSync(), [...tf.tensor(inputGradient).dataSync()]);
  }
});

Deno.test("interpolateChannels() is the product with interpolationMatrix()", () => {
  fc.assert(fc.property(widths, ([from, to]) => {
    tf.tidy(() => {
      const x = tf.randomUniform([3, from], -1, 1, "float32", 1);
      const product = tf.matMul(x, tf.tensor2d(interpolationMatrix(from, to), [from, to]));
      assertClose(interpolateChannels(x, to).dataSync(), [...product.dataSync()]);
    });
  }));
});

Deno.test("interpolateChannels() makes one tensor, and it alone", () => {
  const x = tf.ones([2, 3, 3, 5]);
  const before = tf.memory().numTensors;
  for (const channels of [5, 8]) {
    const y = interpolateChannels(x, channels);
    assertEquals(tf.memory().numTensors, before + 1);
    y.dispose();
    assert(!x.isDisposed);
  }
  x.dispose();
});
