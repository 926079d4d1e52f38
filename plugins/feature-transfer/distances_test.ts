import { gradientError } from "@espalier/testing";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { attentionDistance, firstRegressor, regressionDistance } from "./mod.ts";

await tf.setBackend("cpu");

const value = (x: tf.Tensor) => x.dataSync()[0]!;

Deno.test("attentionDistance() compares maps of length 1", () => {
  const student = tf.tensor4d([3, 3, 4, 4], [1, 1, 2, 2]); // Q = (9, 16)
  const teacher = tf.tensor4d([4, 3], [1, 1, 2, 1]); // Q = (16, 9)
  const length = Math.sqrt(9 ** 2 + 16 ** 2);
  assertAlmostEquals(value(attentionDistance(student, teacher)), (7 / length) ** 2 / 2, 1e-6);
});

Deno.test("attentionDistance() forgets the scale of features, and their channels", () => {
  const x = tf.randomNormal([2, 3, 3, 4], 0, 1, "float32", 1);
  assertAlmostEquals(value(attentionDistance(x, x.mul(5))), 0, 1e-12);
  assertAlmostEquals(value(attentionDistance(x, tf.concat([x, x], 3))), 0, 1e-12);
  assertEquals(value(attentionDistance(tf.zeros([1, 2, 2, 1]), tf.zeros([1, 2, 2, 3]))), 0);
});

Deno.test("firstRegressor() sends a channel to where it was; what the teacher lacks goes nowhere", () => {
  assertEquals(firstRegressor([1, 4], 3), {
    shape: [2, 3],
    values: Float32Array.of(0, 1, 0, 0, 0, 0),
  });
});

Deno.test("regressionDistance() is half the mean square of what the regressor misses", () => {
  const student = tf.tensor4d([1, 2], [1, 1, 1, 2]);
  const teacher = tf.tensor4d([1, 0, 3], [1, 1, 1, 3]);
  const regressor = tf.tensor2d([1, 0, 0, 0, 1, 1], [2, 3]); // x R = (1, 2, 2)
  assertAlmostEquals(value(regressionDistance(student, { teacher, regressor })), 5 / 6, 1e-6);
});

Deno.test("both distances have gradients that agree with differences", () => {
  const [x, y] = [1, 2].map((seed) => tf.randomNormal([2, 2, 2, 3], 0, 1, "float32", seed));
  const regressor = tf.randomNormal([3, 3], 0, 1, "float32", 3);
  const attention = gradientError(([x]) => attentionDistance(x!, y!), { inputs: [x!] });
  assert(attention < 1e-2, `${attention}`);
  const regression = gradientError(
    ([x, regressor]) => regressionDistance(x!, { teacher: y!, regressor: regressor! }),
    { inputs: [x!, regressor] },
  );
  assert(regression < 1e-2, `${regression}`);
});

Deno.test("both distances leave one tensor, and it alone", () => {
  const x = tf.ones([1, 2, 2, 3]), regressor = tf.ones([3, 3]);
  const before = tf.memory().numTensors;
  attentionDistance(x, x).dispose();
  regressionDistance(x, { teacher: x, regressor }).dispose();
  assertEquals(tf.memory().numTensors, before);
});
