import { type Dataset, isSource, type Metrics, type Objective, readInOrder } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { labelSize, labelsOf } from "../data/label_form.ts";
import { metricsOf } from "./running_mean.ts";

/** Labels that are looked at in one batch, as outputs of that many are made. */
const AT_ONCE = 2 ** 16;

type Labels = ArrayLike<number>;

/** Labels of a split in order, images as a whole. */
async function* labelParts(dataset: Dataset, where: "train" | "test"): AsyncGenerator<Labels> {
  const { labels } = dataset[where];
  const size = labelSize(dataset);
  const most = Math.max(1, Math.floor(AT_ONCE / size)) * size;
  const parts = isSource(labels) ? readInOrder(labels) : [{ numbers: labels }];
  for await (const { numbers } of parts) {
    for (let at = 0; at < numbers.length; at += most) yield numbers.subarray(at, at + most);
  }
}

/** Mean of the training labels by class or number. */
async function meanLabel(dataset: Dataset): Promise<number[]> {
  const { kind } = labelsOf(dataset);
  const isClass = kind === "class" || kind === "class-map";
  const size = isClass ? dataset.classes : labelSize(dataset);
  const sums = new Float64Array(size);
  let count = 0;
  for await (const part of labelParts(dataset, "train")) {
    count += part.length;
    if (isClass) { for (let i = 0; i < part.length; i++) sums[part[i]!]!++; }
    else for (let i = 0; i < part.length; i++) sums[i % size]! += part[i]!;
  }
  return [...sums].map((sum) => sum / (isClass ? count : count / size));
}

/**
 * What a guess that is the same for every test image reaches, made from the training labels alone.
 *
 * @param dataset Labels of both splits.
 * @param objective What is learned.
 * @returns Its metrics on the test split; undefined for an objective without such a guess.
 */
export async function baselineOf(
  dataset: Dataset,
  objective: Objective,
): Promise<Metrics | undefined> {
  if (objective.constant === undefined) return undefined;
  const guess = objective.constant(await meanLabel(dataset));
  const shape = objective.outputs(dataset);
  const size = shape.reduce((product, n) => product * n, 1);
  const Type = labelsOf(dataset).kind === "numbers" ? Float32Array : Int32Array;
  let sums: number[] = [];
  for await (const part of labelParts(dataset, "test")) {
    const images = part.length / labelSize(dataset);
    const values = Float32Array.from({ length: images * size }, (_, i) => guess[i % guess.length]!);
    const added = tf.tidy(() =>
      objective.tally(tf.tensor(values, [images, ...shape]), Type.from(part))
    );
    sums = added.map((sum, i) => sum + (sums[i] ?? 0));
  }
  return metricsOf(objective, sums);
}
