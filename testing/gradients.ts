import * as tf from "@tensorflow/tfjs";
import { check } from "./check.ts";
import { gradientError } from "./gradient_error.ts";

/** `f(x)` on the tape of `x`, whether `f` uses it or not. */
const depending = (f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): tf.Scalar =>
  f(x).add(x.sum().mul(0)) as tf.Scalar;

/**
 * Compare the gradient of `f` at `x` with central differences, entry by entry. `f` may leave `x` out.
 *
 * @param f A smooth function to a scalar.
 * @param x Where.
 */
export function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): void {
  const error = gradientError(([at]) => depending(f, at!), { inputs: [x] });
  check(error <= 2e-2, `the gradient is off by ${error} of its largest entry, by differences`);
}

/**
 * As {@linkcode checkGradient}, along one direction: for tensors of many entries. Half of the direction
 * is the gradient's: across it a large term would change by less than float32 rounds.
 */
export function checkDirection(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): void {
  const gradient = tf.tensor(gradientOf(f, x), x.shape);
  const [noise, length] = [sample(x.shape, 2), gradient.norm()];
  const direction = noise.add(gradient.mul(noise.norm()).divNoNan(length));
  checkGradient((by) => f(x.add(direction.mul(by))), tf.scalar(0));
}

/** Entries of the gradient of `f` at `x`; zeros if `f` leaves `x` out. */
export function gradientOf(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): Float32Array {
  return tf.tidy(() => tf.grad((at: tf.Tensor) => depending(f, at))(x).dataSync<"float32">());
}

/** A tensor of numbers that look random and are the same every time. */
export function sample(shape: readonly number[], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));
  return tf.tensor(values, [...shape]);
}
