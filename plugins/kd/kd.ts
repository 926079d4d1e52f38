import * as tf from "@tensorflow/tfjs";
import type { LabelForm } from "@espalier/core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { KdOptions } from "./options.ts";

/** Outputs of both networks on one batch. */
export interface Logits<T extends Tensor = Tensor2D> {
  /** z, [batch, classes]. */
  readonly student: T;
  /** ẑ, [batch, classes]; a constant. */
  readonly teacher: T;
}

/** What is distilled. */
export interface Task {
  /**
   * What the labels of one image are.
   *
   * @default {"class"}
   */
  readonly kind?: LabelForm["kind"];
  /**
   * Classes of an image or pixel.
   *
   * @default all numbers of the last axis
   */
  readonly classes?: number;
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
 * (z − ẑ)², mean over the batch and the outputs: for outputs that are numbers, which no temperature
 * softens.
 *
 * @param outputs Of both networks.
 * @returns The loss, in the square of the labels' unit.
 */
export function squaredDistance({ student, teacher }: Logits<Tensor>): Scalar {
  return tf.tidy(() => tf.mean(tf.square(tf.sub(student, teacher))) as Scalar);
}

/**
 * A row of logits for each choice among classes: one an image; one a pixel; and of each class that an
 * image may have or not, its logit beside that of not having it, which is 0.
 */
function rowsOf(logits: Tensor, { kind, classes = logits.shape.at(-1)! }: Task): Tensor2D {
  if (kind !== "classes") return tf.reshape(logits, [-1, classes]);
  return tf.reshape(tf.stack([logits, tf.zerosLike(logits)], -1), [-1, 2]);
}

/**
 * The teacher's term of the distillation loss, w included; the term of the labels has the weight
 * 1 − w.
 *
 * Source: TAS, eq. 9.
 *
 * @param logits Of both networks, [batch, …].
 * @param options Weight, temperature, form; and what is distilled.
 * @returns The term, in nats for classes.
 */
export function distillationLoss(
  { student, teacher }: Logits<Tensor>,
  { weight, temperature, form, ...task }:
    & Pick<KdOptions, "weight" | "temperature" | "form">
    & Task,
): Scalar {
  return tf.tidy(() => {
    if (task.kind === "numbers") return tf.mul(squaredDistance({ student, teacher }), weight);
    const matching = form === "kl" ? softenedDivergence : softenedCrossEntropy;
    const rows = { student: rowsOf(student, task), teacher: rowsOf(teacher, task) };
    return tf.mul(matching(rows, temperature), weight) as Scalar;
  });
}
