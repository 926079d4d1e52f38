import { type Batch, type DataForm, EspalierError, type Weights } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { labelsOf } from "./data/label_form.ts";

/** A batch as tensors. */
export interface TensorBatch {
  /** [size, height, width, channels]. */
  readonly images: tf.Tensor4D;
  /**
   * One-hot [size, classes] or [size, height, width, classes]; 0 or 1 [size, classes]; numbers
   * [size, numbers].
   */
  readonly labels: tf.Tensor;
}

/** Labels as the objective's loss takes them. */
function toLabels({ labels, size }: Batch, data: DataForm): tf.Tensor {
  const { kind } = labelsOf(data);
  const { classes, shape: [height, width] } = data;
  if (kind === "numbers" || kind === "classes") {
    return tf.tensor2d(Float32Array.from(labels), [size, labels.length / size]);
  }
  const hot = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) hot[i * classes + labels[i]!] = 1;
  return tf.tensor(hot, kind === "class" ? [size, classes] : [size, height, width, classes]);
}

/** Turn a host batch into tensors; the caller disposes them or works in a tidy. */
export function toTensors(batch: Batch, data: DataForm): TensorBatch {
  return {
    images: tf.tensor4d(batch.images, [batch.size, ...data.shape]),
    labels: toLabels(batch, data),
  };
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
