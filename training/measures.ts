import {
  type Batch,
  type BatchLabels,
  type ByOutput,
  type DataForm,
  EspalierError,
  type Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { byOutput, type LabelPart, labelsByOutput, ofOutput } from "./data/label_form.ts";

/** A batch as tensors. */
export interface TensorBatch {
  /** [size, height, width, channels]. */
  readonly images: tf.Tensor4D;
  /** What else enters the network, by the name of its input. */
  readonly inputs?: Readonly<Record<string, tf.Tensor4D>>;
  /**
   * Of the one output, or of several by name: one-hot [size, classes] or [size, height, width, classes]; 0 or 1 [size, classes]; numbers
   * [size, numbers].
   */
  readonly labels: ByOutput<tf.Tensor>;
}

/** Labels of one output as the objective's loss takes them. */
function toLabels(
  labels: BatchLabels,
  { size, part: { data } }: { readonly size: number; readonly part: LabelPart },
): tf.Tensor {
  const { classes, shape: [height, width], labels: { kind } } = data;
  if (kind === "numbers" || kind === "classes") {
    return tf.tensor2d(Float32Array.from(labels), [size, labels.length / size]);
  }
  const hot = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) hot[i * classes + labels[i]!] = 1;
  return tf.tensor(hot, kind === "class" ? [size, classes] : [size, height, width, classes]);
}

/** What enters a network, as tensors. */
export function toInputs(
  { images, inputs, size }: Omit<Batch, "labels">,
  { shape, inputs: shapes }: DataForm,
): Omit<TensorBatch, "labels"> {
  const x = tf.tensor4d(images, [size, ...shape]);
  if (inputs === undefined || shapes === undefined) return { images: x };
  const others = Object.entries(shapes).map(([name, shape]) =>
    [name, tf.tensor4d(inputs[name]!, [size, ...shape])] as const
  );
  return { images: x, inputs: Object.fromEntries(others) };
}

/** Turn a host batch into tensors; the caller disposes them or works in a tidy. */
export function toTensors(batch: Batch, data: DataForm): TensorBatch {
  const { size } = batch;
  const labels = labelsByOutput(batch.labels, data);
  return {
    ...toInputs(batch, data),
    labels: byOutput(data, (part) => toLabels(ofOutput(labels, part), { size, part })),
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
