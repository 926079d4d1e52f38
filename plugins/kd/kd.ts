import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import type { KdOptions } from "./options.ts";

/** Logits of both networks on one batch. */
export interface Logits {
  /** z, [batch, classes]. */
  readonly student: Tensor2D;
  /** ẑ, [batch, classes]; a constant. */
  readonly teacher: Tensor2D;
}

/** log softmax(z / T), which stays finite where the softmax underflows. */
function logSoftened(logits: Tensor2D, temperature: number): Tensor2D {
  return tf.logSoftmax(tf.div(logits, temperature));
}

/**
 * T² · KL(softmax(ẑ/T) ‖ softmax(z/T)), batch mean. T² makes the size of the gradient independent
 * of the temperature.
 *
 * Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network" (2015), section 2,
 * and the official code of TAS.
 *
 * @param logits Of both networks.
 * @param temperature T.
 * @returns The loss in nats, ≥ 0.
 */
export function softenedDivergence({ student, teacher }: Logits, temperature: number): Scalar {
  return tf.tidy(() => {
    const target = logSoftened(teacher, temperature);
    const difference = tf.sub(target, logSoftened(student, temperature));
    const sum = tf.sum(tf.mul(tf.exp(target), difference));
    return tf.mul(sum, temperature ** 2 / student.shape[0]) as Scalar;
  });
}

/**
 * −Σ softmax(ẑ/T) · log softmax(z/T), batch mean: the matching loss as the paper writes it.
 *
 * Source: TAS, eq. 10.
 *
 * @param logits Of both networks.
 * @param temperature T.
 * @returns The loss in nats, ≥ 0.
 */
export function softenedCrossEntropy({ student, teacher }: Logits, temperature: number): Scalar {
  return tf.tidy(() => {
    const target = tf.exp(logSoftened(teacher, temperature));
    const sum = tf.sum(tf.mul(target, logSoftened(student, temperature)));
    return tf.mul(sum, -1 / student.shape[0]) as Scalar;
  });
}

/**
 * The teacher's term of the distillation loss, w included; the term of the labels has the weight
 * 1 − w.
 *
 * Source: TAS, eq. 9.
 *
 * @param logits Of both networks.
 * @param options Weight, temperature, form.
 * @returns The term in nats.
 */
export function distillationLoss(
  logits: Logits,
  { weight, temperature, form }: KdOptions,
): Scalar {
  const matching = form === "kl" ? softenedDivergence : softenedCrossEntropy;
  return tf.tidy(() => tf.mul(matching(logits, temperature), weight) as Scalar);
}
