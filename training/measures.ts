import { type Batch, EspalierError, type Weights } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** A batch as tensors. */
export interface TensorBatch {
  /** [size, height, width, channels]. */
  readonly images: tf.Tensor4D;
  /** One-hot, [size, classes]. */
  readonly labels: tf.Tensor2D;
}

/** Turn a host batch into tensors; the caller disposes them or works in a tidy. */
export function toTensors(
  { images, labels, size }: Batch,
  { shape, classes }: {
    readonly shape: readonly [number, number, number];
    readonly classes: number;
  },
): TensorBatch {
  const hot = new Float32Array(size * classes);
  for (let i = 0; i < size; i++) hot[i * classes + labels[i]!] = 1;
  return {
    images: tf.tensor4d(images, [size, ...shape]),
    labels: tf.tensor2d(hot, [size, classes]),
  };
}

/** Number of rows whose largest logit is the label's. */
export function countCorrect(logits: tf.Tensor2D, labels: Int32Array): number {
  const best = tf.tidy(() => tf.argMax(logits, 1).dataSync());
  let correct = 0;
  for (let i = 0; i < labels.length; i++) if (best[i] === labels[i]) correct++;
  return correct;
}

/** Refuse a loss that is not finite. */
export function checkLoss(
  loss: number,
  { phase, epoch, step, advice = "Lower the learning rate." }: {
    readonly phase: string;
    readonly epoch: number;
    readonly step: number;
    readonly advice?: string;
  },
): void {
  if (Number.isFinite(loss)) return;
  throw new EspalierError(
    "ERR_LOSS_NOT_FINITE",
    `Cannot go on with "${phase}" as the loss became ${loss} in epoch ${epoch}, step ${step}. ${advice}`,
  );
}

/** Refuse weights or moving averages that are not finite. */
export function checkWeights(
  weights: Weights,
  { phase, epoch }: { readonly phase: string; readonly epoch: number },
): void {
  for (const [name, { values }] of Object.entries(weights)) {
    const found = values.find((value) => !Number.isFinite(value));
    if (found === undefined) continue;
    throw new EspalierError(
      "ERR_LOSS_NOT_FINITE",
      `Cannot go on with "${phase}" as "${name}" became ${found} in epoch ${epoch}. ` +
        "Lower the learning rate.",
    );
  }
}

/** Mean loss and accuracy over what was added. */
export class RunningMean {
  #loss = 0;
  #correct = 0;
  #images = 0;

  /** Add a batch. */
  add(batch: { readonly loss: number; readonly correct: number; readonly images: number }): void {
    this.#loss += batch.loss * batch.images;
    this.#correct += batch.correct;
    this.#images += batch.images;
  }

  /** Mean over all images added. */
  get value(): { readonly loss: number; readonly accuracy: number; readonly images: number } {
    const images = this.#images;
    return { loss: this.#loss / images, accuracy: this.#correct / images, images };
  }
}
