/** A toy search for the tests of this folder: better candidates make the network more accurate. */
import { classesOf, conv, inputOf } from "@espalier/blueprint";
import {
  type Batch,
  type Blueprint,
  createRandom,
  type Decision,
  type ForwardOptions,
  type Network,
  NO_CHECKPOINT,
  type RegularizerInput,
  type SampleOptions,
  type Sampler,
  type SearchContext,
  type SearchProgress,
} from "@espalier/core";
import { plainClassification } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";

/** Two layers, the second with fewer candidates, and a stage of three blocks. */
export const DECISIONS: readonly Decision[] = [
  {
    id: "stage0",
    space: "depth-search",
    candidates: [1, 2, 3],
    effect: { kind: "exit", stage: "stage0" },
  },
  {
    id: "wide",
    space: "width-search",
    candidates: [2, 4, 6, 8],
    effect: { kind: "channels", nodes: ["wide"] },
  },
  {
    id: "thin",
    space: "width-search",
    candidates: [3, 5],
    effect: { kind: "channels", nodes: ["thin"] },
  },
];

/** Only its input and its classes matter here. */
export const BLUEPRINT: Blueprint = {
  name: "toy",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [1, 1, 1] },
    conv({ id: "wide", input: "images", channels: 8, kernel: 1 }),
    { id: "pool", op: "global-pool", inputs: ["wide"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
  ],
  stages: [],
  output: "classifier",
};

/** How much each candidate helps, by decision. */
export type Gains = Readonly<Record<string, readonly number[]>>;

/** A network of one weight: the logit of class 0 is that weight times the mixed gains. */
export function toyNetwork(gains: Gains): { network: Network; calls: ForwardOptions[] } {
  const weight = tf.tidy(() => tf.variable(tf.scalar(1)));
  const calls: ForwardOptions[] = [];
  const network: Network = {
    blueprint: BLUEPRINT,
    decisions: DECISIONS,
    parameters: new Map([["weight", weight]]),
    statistics: new Map(),
    forward(images, options) {
      calls.push(options);
      const mixed = [...options.mixtures!].map(([id, { indices, weights }]) =>
        tf.sum(tf.mul(weights, tf.tensor1d(indices.map((index) => gains[id]![index]!))))
      );
      const logit = tf.mul(tf.addN(mixed), weight);
      const [count] = (images as tf.Tensor4D).shape;
      const logits = tf.mul(tf.ones([count, 1]), tf.stack([logit, tf.scalar(0)]));
      return { logits: logits as tf.Tensor2D, features: new Map() };
    },
    read: () => Promise.resolve({}),
    write: () => {},
    [Symbol.dispose]: () => weight.dispose(),
  };
  return { network, calls };
}

/** Mixes every candidate by the plain softmax, and records its calls. */
export function softmaxSampler(): {
  sampler: Sampler;
  draws: (SampleOptions & { noise: number })[];
} {
  const draws: (SampleOptions & { noise: number })[] = [];
  const sampler: Sampler = {
    probabilities: (logits) => tf.softmax(logits),
    schedule: ({ epoch }) => ({ tau: 10 - epoch }),
    sample(logits, options) {
      draws.push({ ...options, noise: options.random.next() });
      const probabilities = tf.softmax(logits);
      return options.decisions.map(({ candidates: { length } }, r) => ({
        indices: [...Array(length).keys()],
        weights: tf.reshape(tf.slice(probabilities, [r, 0], [1, length]), [length]),
      }));
    },
  };
  return { sampler, draws };
}

/** Log of the expected cost, pulled up or down into the zone, and of what exceeds its limit. */
export function zoneLoss(
  { expected, actual, budget: { low, high }, limited }: Pick<
    RegularizerInput,
    "expected" | "actual" | "budget" | "limited"
  >,
): tf.Scalar {
  const sign = actual > high ? 1 : actual < low ? -1 : 0;
  const exceeded = limited.filter(({ actual, limit }) => actual > limit.high);
  return tf.addN([
    tf.mul(tf.log(expected), sign),
    ...exceeded.map(({ expected }) => tf.log(expected)),
  ]);
}

function batch(size: number): Batch {
  return { images: new Float32Array(size), labels: new Int32Array(size), size };
}

/** The mean of a decision's value. */
function expectation(
  id: string,
  probabilities: ReadonlyMap<string, tf.Tensor1D>,
): tf.Scalar {
  const { candidates } = DECISIONS.find((decision) => decision.id === id)!;
  return tf.sum(tf.mul(probabilities.get(id)!, tf.tensor1d([...candidates])));
}

/** A context whose cost is the sum of the chosen values. */
export function toyContext(
  network: Network,
  { target, batches = [4, 4, 2], limits = {} }: {
    readonly target: number;
    readonly batches?: readonly number[];
    /** The most that decisions may be. */
    readonly limits?: Readonly<Record<string, number>>;
  },
): { context: SearchContext; reports: SearchProgress[]; halves: string[]; tensors: number[] } {
  const reports: SearchProgress[] = [];
  const halves: string[] = [];
  const tensors: number[] = [];
  const zone = { cost: "sum", unit: "values", smallest: 6, unpruned: 16 };
  const context: SearchContext = {
    blueprint: BLUEPRINT,
    decisions: DECISIONS,
    objective: plainClassification,
    data: { shape: inputOf(network.blueprint).shape, classes: classesOf(network.blueprint) },
    budget: { ...zone, target, low: target - 1, high: target + 1 },
    limited: Object.entries(limits).map(([id, high]) => ({
      limit: { cost: id, unit: "values", high, unpruned: 16, smallest: 1 },
      cost: (choices) => choices[id]!,
      expectedCost: (probabilities) => expectation(id, probabilities),
    })),
    random: createRandom(4),
    signal: new AbortController().signal,
    checkpoint: NO_CHECKPOINT,
    cost: (choices) => DECISIONS.reduce((sum, { id }) => sum + choices[id]!, 0),
    expectedCost: (probabilities) =>
      tf.addN(DECISIONS.map(({ id }) => expectation(id, probabilities))),
    supernet: () => network,
    batches: (half, { epoch, batchSize }) => {
      halves.push(`${half} ${epoch} ${batchSize}`);
      return batches.map(batch);
    },
    score: () => Promise.reject(new Error("unused")),
    excess: () => 0,
    uniform: () => ({}),
    progress: (report) => {
      reports.push(report);
      tensors.push(tf.memory().numTensors);
      return Promise.resolve();
    },
  };
  return { context, reports, halves, tensors };
}
