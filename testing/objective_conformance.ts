import {
  type BatchLabels,
  createRandom,
  type DataForm,
  type Objective,
  ObjectiveToken,
  type OutputLabelForm,
} from "@espalier/core";
import { toTensors } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  checkScalar,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { checkGradient, gradientOf, sample } from "./gradients.ts";

const IMAGES = 3;

const FORMS: Readonly<Record<OutputLabelForm["kind"], DataForm>> = {
  class: { shape: [2, 2, 1], classes: 3 },
  classes: { shape: [2, 2, 1], classes: 3, labels: { kind: "classes" } },
  "class-map": { shape: [2, 2, 1], classes: 3, labels: { kind: "class-map" } },
  numbers: { shape: [2, 2, 1], classes: 0, labels: { kind: "numbers", size: 2 } },
};

/** Labels of an image of the toy data. */
const SIZES = { class: 1, classes: 3, "class-map": 4, numbers: 2 } as const;

/** What {@linkcode objectiveConformance} takes. */
export interface ObjectiveSetup extends ContractSetup {
  /** Data that it takes. Default: small ones of its kind of labels. */
  readonly data?: DataForm;
}

function labelsOf(kind: OutputLabelForm["kind"], { classes }: DataForm, seed: number): BatchLabels {
  const stream = createRandom(seed).stream("labels");
  const length = IMAGES * SIZES[kind];
  if (kind === "numbers") return Float32Array.from({ length }, () => stream.normal());
  return Int32Array.from({ length }, () => stream.integer(kind === "classes" ? 2 : classes));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

const part = <T extends Float32Array | Int32Array>(values: T, from: number, to: number): T =>
  values.slice(from, to) as T;

const kindOf = ({ labels }: Objective) => labels as OutputLabelForm["kind"];

/**
 * The checks that every provider of `ObjectiveToken` for one output must pass: loss, gradient, and metrics that do not
 * depend on how images are put into batches.
 *
 * @param setup The plugins; of which data.
 * @returns The checks.
 */
export function* objectiveConformance(setup: ObjectiveSetup): Generator<ConformanceCase> {
  const withObjective = (
    name: string,
    fn: (objective: Objective, data: DataForm, shape: readonly number[]) => void,
  ) =>
    serviceCase(`objective: ${name}`, setup, (services) => {
      const objective = services.get(ObjectiveToken);
      const data = setup.data ?? FORMS[kindOf(objective)];
      fn(objective, data, objective.outputs(data) as readonly number[]);
    });
  const tensorsOf = (objective: Objective, data: DataForm, seed = 1) => {
    const labels = labelsOf(kindOf(objective), data, seed);
    const images = new Float32Array(IMAGES * sizeOf(data.shape));
    return { labels, tensor: toTensors({ images, labels, size: IMAGES }, data).labels };
  };

  yield withObjective("has a finite loss, of outputs in a vector too", (objective, data, shape) => {
    const { tensor } = tensorsOf(objective, data);
    for (const form of [shape, [sizeOf(shape)]]) {
      checkScalar(objective.loss(sample([IMAGES, ...form]), tensor), `the loss of [${form}]`);
    }
  });
  yield withObjective("has a gradient that agrees with differences", (objective, data, shape) => {
    for (const seed of [1, 2, 3]) {
      const { tensor } = tensorsOf(objective, data, seed);
      checkGradient((x) => objective.loss(x, tensor), sample([IMAGES, ...shape], seed));
    }
  });
  yield withObjective(
    "learns from zeros: the gradient there is not zero",
    (objective, data, shape) => {
      const { tensor } = tensorsOf(objective, data);
      const gradient = gradientOf((x) => objective.loss(x, tensor), tf.zeros([IMAGES, ...shape]));
      check(gradient.every(Number.isFinite), `the gradient is ${gradient}`);
      check(gradient.some((entry) => entry !== 0), "no output would be moved");
    },
  );
  yield withObjective(
    "measures a loss that is the mean of its images",
    (objective, data, shape) => {
      const { labels } = tensorsOf(objective, data);
      const outputs = sample([IMAGES, ...shape]);
      const lossOf = (from: number, size: number) => {
        const each = labels.length / IMAGES;
        const own = part(labels, from * each, (from + size) * each);
        const images = new Float32Array(size * sizeOf(data.shape));
        const tensor = toTensors({ images, labels: own, size }, data).labels;
        const rows = outputs.slice([from], [size]);
        return objective.loss(rows, tensor).dataSync()[0]!;
      };
      const mean = (lossOf(0, 1) + lossOf(1, 1) + lossOf(2, 1)) / 3;
      const whole = lossOf(0, IMAGES);
      check(
        Math.abs(whole - mean) <= 1e-4 * Math.max(1, Math.abs(mean)),
        `${whole} is not ${mean}`,
      );
    },
  );
  yield withObjective(
    "adds up its metrics, however images are grouped",
    (objective, data, shape) => {
      const { labels } = tensorsOf(objective, data);
      const outputs = sample([IMAGES, ...shape]);
      const each = labels.length / IMAGES;
      const tally = (from: number, size: number) =>
        objective.tally(
          outputs.slice([from], [size]),
          part(labels, from * each, (from + size) * each),
        );
      const add = (a: readonly number[], b: readonly number[]) => a.map((sum, i) => sum + b[i]!);
      const whole = tally(0, IMAGES);
      const groups = [add(tally(0, 1), tally(1, 2)), add(tally(2, 1), tally(0, 2))];
      for (const { name, value } of objective.metrics) {
        check(Number.isFinite(value(whole)), `"${name}" is ${value(whole)}`);
        for (const sums of groups) {
          const error = Math.abs(value(sums) - value(whole));
          check(
            error <= 1e-5 * Math.max(1, Math.abs(value(whole))),
            `"${name}" is off by ${error}`,
          );
        }
      }
    },
  );
  yield withObjective("says by `share` what is one", (objective, data, shape) => {
    const { labels } = tensorsOf(objective, data);
    const sums = objective.tally(sample([IMAGES, ...shape]), labels);
    for (const { name, share, value } of objective.metrics) {
      const found = value(sums);
      check(!share || (found >= 0 && found <= 1), `"${name}" is no share: ${found}`);
    }
  });
  yield withObjective("guesses a constant that fits the outputs", (objective, data, shape) => {
    const size = objective.labels === "numbers" ? SIZES.numbers : data.classes;
    const mean = new Array<number>(size).fill(1 / size);
    const guess = objective.constant?.(mean) as readonly number[] | undefined;
    if (guess === undefined) return;
    check(guess.every(Number.isFinite), `it is ${guess}`);
    checkEqual(sizeOf(shape) % guess.length, 0, `outputs left over by ${guess.length} numbers`);
  });
}
