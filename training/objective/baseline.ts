import {
  type Dataset,
  isSource,
  type Metrics,
  type Numbers,
  type Objective,
  readInOrder,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import {
  byOutput,
  type LabelPart,
  labelParts,
  labelsByOutput,
  labelSize,
  labelsOfPart,
  ofOutput,
} from "../data/label_form.ts";
import { metricsOf } from "./running_mean.ts";

/** Labels that are looked at in one batch, as outputs of that many are made. */
const AT_ONCE = 2 ** 16;

/** Labels of a split in order, images as a whole. */
async function* labelsInOrder(dataset: Dataset, where: "train" | "test"): AsyncGenerator<Numbers> {
  const { labels } = dataset[where];
  const size = labelSize(dataset);
  const most = Math.max(1, Math.floor(AT_ONCE / size)) * size;
  const parts = isSource(labels) ? readInOrder(labels) : [{ numbers: labels }];
  for await (const { numbers } of parts) {
    for (let at = 0; at < numbers.length; at += most) yield numbers.subarray(at, at + most);
  }
}

/** Adds up the labels of one output by class or number. */
class Mean {
  readonly #part: LabelPart;
  readonly #isClass: boolean;
  readonly #sums: Float64Array;
  #count = 0;

  constructor(part: LabelPart) {
    const { data: { classes, labels: { kind } }, size } = part;
    this.#part = part;
    this.#isClass = kind === "class" || kind === "class-map";
    this.#sums = new Float64Array(this.#isClass ? classes : size);
  }

  add(labels: Numbers): void {
    const { size } = this.#part;
    this.#count += this.#isClass ? labels.length : labels.length / size;
    if (this.#isClass) { for (let i = 0; i < labels.length; i++) this.#sums[labels[i]!]!++; }
    else for (let i = 0; i < labels.length; i++) this.#sums[i % size]! += labels[i]!;
  }

  get value(): number[] {
    return [...this.#sums].map((sum) => sum / this.#count);
  }
}

/** Mean of the training labels of every output, by class or number. */
async function meanLabels(dataset: Dataset) {
  const parts = labelParts(dataset), total = labelSize(dataset);
  const means = new Map(parts.map((part) => [part.name, new Mean(part)]));
  for await (const labels of labelsInOrder(dataset, "train")) {
    for (const part of parts) means.get(part.name)!.add(labelsOfPart(labels, { part, total }));
  }
  return byOutput(dataset, ({ name }) => means.get(name)!.value);
}

/** The same guess for a number of images, as outputs. */
function repeated(guess: readonly number[], shape: readonly number[]): tf.Tensor {
  const length = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length }, (_, i) => guess[i % guess.length]!);
  return tf.tensor(values, [...shape]);
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
  const guess = objective.constant(await meanLabels(dataset));
  const shapes = objective.outputs(dataset);
  const total = labelSize(dataset);
  let sums: number[] = [];
  for await (const labels of labelsInOrder(dataset, "test")) {
    const images = labels.length / total;
    const added = tf.tidy(() =>
      objective.tally(
        byOutput(
          dataset,
          (part) => repeated(ofOutput(guess, part), [images, ...ofOutput(shapes, part)]),
        ),
        labelsByOutput(labels, dataset),
      )
    );
    sums = added.map((sum, i) => sum + (sums[i] ?? 0));
  }
  return metricsOf(objective, sums);
}
