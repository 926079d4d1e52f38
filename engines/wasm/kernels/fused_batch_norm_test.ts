import * as tf from "@tensorflow/tfjs";
import { assertLikeCpu, type Subject, wave } from "./testing.ts";

const SHAPE = [4, 3, 2, 5];

const positive = (length: number) => wave(length, 5).map((value) => value + 1.5);

Deno.test("batchNorm() and its gradients equal the cpu backend's, per channel or element", async () => {
  for (const shape of [[5], SHAPE]) {
    const length = shape.reduce((a, b) => a * b, 1);
    const inputs = [
      { shape: SHAPE },
      { shape, values: 1 },
      { shape, values: positive(length) },
      { shape, values: 3 },
      { shape, values: 4 },
    ];
    const subject: Subject = (x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x!,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      );
    await assertLikeCpu(subject, { inputs, message: JSON.stringify(shape) });
  }
});

Deno.test("batchNorm() needs neither offset nor scale", async () => {
  const inputs = [{ shape: SHAPE }, { shape: [5], values: 1 }, { shape: [5], values: positive(5) }];
  const subject: Subject = (x, mean, variance) =>
    tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D);
  await assertLikeCpu(subject, { inputs, message: "plain", forwardOnly: true });
});
