import type { BatchLabels, Objective } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import type { RegressionOptions } from "./options.ts";

/**
 * e² / 2 where |e| ≤ delta, else delta · (|e| − delta / 2); mean over the batch and the numbers.
 *
 * Source: Huber, "Robust estimation of a location parameter" (1964).
 *
 * @param errors e, [batch, numbers].
 * @param delta Where it becomes linear.
 * @returns The loss.
 */
export function huber(errors: Tensor, delta: number): Scalar {
  return tf.tidy(() => {
    const size = tf.abs(errors);
    const near = tf.minimum(size, delta);
    const far = tf.sub(size, near);
    return tf.mean(tf.add(tf.mul(tf.square(near), 0.5), tf.mul(far, delta))) as Scalar;
  });
}

const LOSSES = {
  squared: (errors: Tensor) => tf.mean(tf.square(errors)) as Scalar,
  absolute: (errors: Tensor) => tf.mean(tf.abs(errors)) as Scalar,
  huber,
} as const;

/**
 * Numbers: squared, absolute or Huber loss; mean absolute error, in the unit of the labels.
 *
 * @param options The loss.
 * @returns The objective.
 */
export function createRegression({ loss, delta }: RegressionOptions): Objective {
  return {
    name: "regression",
    labels: "numbers",
    metrics: [{
      name: "mean absolute error",
      better: "lower",
      share: false,
      value: ([sum, count]) => sum! / count!,
    }],
    outputs: ({ labels }) => labels?.kind === "numbers" ? [labels.size] : [],
    loss: (outputs: Tensor, labels: Tensor) =>
      tf.tidy(() => LOSSES[loss](tf.sub(outputs, labels), delta)),
    tally(outputs: Tensor, labels: BatchLabels) {
      const values = outputs.dataSync();
      let sum = 0;
      for (let i = 0; i < labels.length; i++) sum += Math.abs(values[i]! - labels[i]!);
      return [sum, labels.length];
    },
    constant: (mean: readonly number[]) => mean,
  };
}
