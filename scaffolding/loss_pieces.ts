/**
 * Pieces of plugins that bring a loss.
 *
 * @module
 */
import { ADDED, ALONE, type Piece } from "./piece.ts";

const weight = (fallback: string) => ({
  name: "weight",
  doc: "Factor of the term.",
  schema: "number().min(0)",
  fallback,
  refused: "-1",
});

/** A transfer by the outputs. */
export const transfer: Piece = {
  summary:
    "Lets the pruned network also learn the outputs of the unpruned one, by their squared distance",
  provides: "Transfer",
  option: weight("0.5"),
  functions: ["squaredDistance"],
  formula: `import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/**
 * (z − ẑ)², mean over the batch and the outputs.
 *
 * @param student z, [batch, …].
 * @param teacher ẑ, of the same shape.
 * @returns The distance.
 */
export function squaredDistance(student: Tensor, teacher: Tensor): Scalar {
  return tf.tidy(() => tf.mean(tf.square(tf.sub(student, teacher))) as Scalar);
}
`,
  service: `function createMyPlugin({ weight }: MyPluginOptions): Transfer {
  return {
    name: "my-plugin",
    loss: ({ outputs }) =>
      outputs
        .map(({ student, teacher, weight: share }) =>
          squaredDistance(student, teacher).mul<Scalar>(weight * share)
        )
        .reduce((sum, term) => sum.add(term)),
  };
}
`,
  formulaTest: `test("squaredDistance() is a mean", () => {
  const [student, teacher] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[0, 4]])];
  assert.equal(squaredDistance(student, teacher).dataSync()[0], (1 + 4) / 2);
});
`,
  kit: "transferConformance",
  kitSetup: ALONE,
  plugins: ADDED,
  uses: [],
};

/** A regularizer of the cost. */
export const regularizer: Piece = {
  summary: "Pulls the expected cost of a search below its target, by a hinge",
  provides: "Regularizer",
  option: weight("1"),
  functions: ["hinge"],
  formula: `import * as tf from "@tensorflow/tfjs";
import type { Scalar } from "@tensorflow/tfjs";

/**
 * max(0, E / target − 1).
 *
 * @param expected E, the expected cost.
 * @param target The cost that is asked for, above 0.
 * @returns The term.
 */
export function hinge(expected: Scalar, target: number): Scalar {
  return tf.tidy(() => tf.relu(tf.sub(tf.div(expected, target), 1)) as Scalar);
}
`,
  service: `function createMyPlugin({ weight }: MyPluginOptions): Regularizer {
  return {
    name: "my-plugin",
    weight,
    loss: ({ expected, budget }) => hinge(expected, budget.target),
  };
}
`,
  formulaTest: `test("hinge() begins at the target", () => {
  assert.equal(hinge(tf.scalar(30), 20).dataSync()[0], 0.5);
  assert.equal(hinge(tf.scalar(10), 20).dataSync()[0], 0);
});
`,
  kit: "regularizerConformance",
  kitSetup: ALONE,
  plugins: '[...without(PARTS, "budget-loss"), myPlugin()]',
  uses: ["without"],
};

/** An objective for one class an image. */
export const objective: Piece = {
  summary: "Trains for one class an image, with labels that are smoothed",
  provides: "Objective",
  option: {
    name: "smoothing",
    doc: "ε, the share of a label that all classes have.",
    schema: "number().min(0).lt(1)",
    fallback: "0.1",
    refused: "1",
  },
  core: ["type BatchLabels"],
  functions: ["smoothedCrossEntropy"],
  formula: `import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/**
 * −Σ ((1 − ε) · y + ε / classes) · log softmax(z), mean over the batch.
 *
 * @param logits z, [batch, classes].
 * @param labels y, one-hot [batch, classes].
 * @param smoothing ε.
 * @returns The loss in nats.
 */
export function smoothedCrossEntropy(logits: Tensor, labels: Tensor, smoothing: number): Scalar {
  return tf.tidy(() => {
    const targets = tf.add(tf.mul(labels, 1 - smoothing), smoothing / labels.shape.at(-1)!);
    return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1))) as Scalar;
  });
}
`,
  service: `function createMyPlugin({ smoothing }: MyPluginOptions): Objective {
  return {
    name: "my-plugin",
    labels: "class",
    metrics: [{
      name: "accuracy",
      better: "higher",
      share: true,
      value: ([right, images]) => right! / images!,
    }],
    outputs: ({ classes }) => [classes],
    loss: (logits: Tensor, labels: Tensor) => smoothedCrossEntropy(logits, labels, smoothing),
    tally(logits: Tensor, labels: BatchLabels) {
      const guesses = tf.tidy(() => tf.argMax(logits, -1).dataSync());
      return [labels.filter((label, i) => label === guesses[i]).length, labels.length];
    },
  };
}
`,
  formulaTest:
    `test("smoothedCrossEntropy() of equal logits is log classes, whatever the labels", () => {
  const loss = smoothedCrossEntropy(tf.zeros([1, 2]), tf.tensor2d([[1, 0]]), 0.5);
  assert.ok(Math.abs(loss.dataSync()[0]! - Math.log(2)) < 1e-6);
});

test("smoothedCrossEntropy() gives the other class its share", () => {
  // softmax(ln 3, 0) = (3/4, 1/4); targets 3/4 and 1/4.
  const loss = smoothedCrossEntropy(tf.tensor2d([[Math.log(3), 0]]), tf.tensor2d([[1, 0]]), 0.5);
  const expected = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
  assert.ok(Math.abs(loss.dataSync()[0]! - expected) < 1e-6);
});
`,
  kit: "objectiveConformance",
  kitSetup: ALONE,
  plugins: ADDED,
  uses: [],
};

/** A penalty on kernels. */
export const penalty: Piece = {
  summary: "Keeps the kernels of every training small, by their squares",
  provides: "Penalty",
  option: weight("1e-4"),
  core: ["type PenaltyInput"],
  functions: ["squaredNorm"],
  formula: `import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/**
 * Σ w² over all tensors.
 *
 * @param tensors The weights.
 * @returns The sum; 0 of none.
 */
export function squaredNorm(tensors: readonly Tensor[]): Scalar {
  return tf.tidy(() =>
    tensors.map((w) => tf.sum(tf.square(w)) as Scalar)
      .reduce((sum, term) => tf.add(sum, term), tf.scalar(0))
  );
}
`,
  service: `/** Kernels of convolutions and dense layers. */
function kernelsIn({ parameters }: PenaltyInput) {
  return [...parameters].filter(([name]) => name.endsWith("/kernel")).map(([, kernel]) => kernel);
}

function createMyPlugin({ weight }: MyPluginOptions): Penalty {
  return { name: "my-plugin", weight, loss: (input) => squaredNorm(kernelsIn(input)) };
}
`,
  formulaTest: `test("squaredNorm() adds the squares of all weights", () => {
  assert.equal(squaredNorm([tf.tensor1d([1, 2]), tf.tensor2d([[3]])]).dataSync()[0], 14);
});
`,
  kit: "penaltyConformance",
  kitSetup: ALONE,
  plugins: ADDED,
  uses: [],
};
