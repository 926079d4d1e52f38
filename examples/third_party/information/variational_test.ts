import { gradientError } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { alphaOf, informationLoss, variances } from "./variational.ts";

await tf.setBackend("cpu");

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-5, `${actual} is not ${expected}`);

test("alphaOf() is the inverse of variances()", () => {
  for (const variance of [0.5, 1, 5]) {
    close(variances(tf.tensor1d([alphaOf(variance)])).dataSync()[0]!, variance);
  }
});

test("informationLoss() is half the log of the variance and the error over it", () => {
  const student = tf.tensor4d([1, 2], [1, 1, 1, 2]);
  const teacher = tf.tensor4d([3, 0], [1, 1, 1, 2]);
  const regressor = tf.tensor2d([1, 0, 0, 1], [2, 2]); // errors 2 and −2
  const alpha = tf.tensor1d([alphaOf(1), alphaOf(4)]);
  const loss = informationLoss(student, teacher, { regressor, alpha }).dataSync()[0]!;
  close(loss, (4 / 1 + 4 / 4 + Math.log(1) + Math.log(4)) / 2 / 2);
});

test("informationLoss() has gradients that agree with differences, and leaves one tensor", () => {
  const student = tf.randomNormal([2, 2, 2, 3], 0, 1, "float32", 1);
  const teacher = tf.randomNormal([2, 2, 2, 4], 0, 1, "float32", 2);
  const regressor = tf.randomNormal<tf.Rank.R2>([3, 4], 0, 1, "float32", 3);
  const alpha = tf.tensor1d([0.5, 1, 2, 3]);
  const error = gradientError(
    ([x, R, a]) =>
      informationLoss(x!, teacher, {
        regressor: R as tf.Tensor2D,
        alpha: a as tf.Tensor1D,
      }),
    { inputs: [student, regressor, alpha] },
  );
  assert.ok(error < 1e-2, `${error}`);
  const before = tf.memory().numTensors;
  informationLoss(student, teacher, { regressor, alpha }).dispose();
  assert.equal(tf.memory().numTensors, before);
});
