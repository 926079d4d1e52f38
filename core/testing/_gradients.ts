import * as tf from "@tensorflow/tfjs";
import { check } from "./_check.ts";

/** Step of the central difference: large enough for float32. */
const STEP = 1e-2;

/**
 * Compare the gradient of `f` at `x` with central differences, entry by entry.
 *
 * @param f A smooth function to a scalar.
 * @param x Where.
 */
export function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): void {
  const analytic = tf.tidy(() => tf.grad(f)(x).dataSync());
  const values = x.dataSync().slice();
  const at = (i: number, step: number) =>
    tf.tidy(() => {
      const moved = values.slice();
      moved[i]! += step;
      return f(tf.tensor(moved, x.shape)).dataSync()[0]!;
    });
  values.forEach((_, i) => {
    const numeric = (at(i, STEP) - at(i, -STEP)) / (2 * STEP);
    const tolerance = 2e-2 * Math.max(1, Math.abs(numeric));
    check(
      Math.abs(analytic[i]! - numeric) <= tolerance,
      `the gradient of entry ${i} is ${analytic[i]}, by differences ${numeric}`,
    );
  });
}

/** A tensor of numbers that look random and are the same every time. */
export function sample(shape: readonly number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));
  return tf.tensor(values, [...shape]);
}
