import * as tf from "@tensorflow/tfjs";
import { check } from "./check.ts";
import { gradientError } from "./gradient_error.ts";

/**
 * Compare the gradient of `f` at `x` with central differences, entry by entry.
 *
 * @param f A smooth function to a scalar.
 * @param x Where.
 */
export function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): void {
  const error = gradientError(([at]) => f(at!), { inputs: [x] });
  check(error <= 2e-2, `the gradient is off by ${error} of its largest entry, by differences`);
}

/** A tensor of numbers that look random and are the same every time. */
export function sample(shape: readonly number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));
  return tf.tensor(values, [...shape]);
}
