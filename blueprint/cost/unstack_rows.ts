import * as tf from "@tensorflow/tfjs";

/**
 * The slices of a tensor along its first axis, as `tf.unstack`, but with a gradient where there is
 * only one: TensorFlow.js fails to differentiate that unstack.
 *
 * @typeParam Row Type of a slice, of one axis less.
 * @param x [rows, ...].
 * @returns A tensor [...] a row.
 */
export function unstackRows<Row extends tf.Tensor>(x: tf.Tensor): Row[] {
  const [rows, ...shape] = x.shape;
  return (rows === 1 ? [tf.reshape(x, shape)] : tf.unstack(x)) as Row[];
}
