/**
 * Networks with every kind of node that sums over the batch, for the tests of this folder.
 *
 * @module
 */
import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import {
  type Aggregator,
  type Blueprint,
  type BlueprintNode,
  createRandom,
  type Decision,
  type ForwardOptions,
  type Mixtures,
  type Network,
} from "@espalier/core";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import type { RankPool } from "@espalier/supernet/engine";
import { createSgd, lossGradients } from "@espalier/training";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withServices } from "../../supernet/testing.ts";

const norm = DEFAULT_NORM;
const unit = (id: string, input: string, channels: number) =>
  conv({ id, input, channels, kernel: 3, norm, activation: "relu" });

function block(id: string, input: string): BlueprintNode[] {
  return [
    unit(`${id}/conv_a`, input, 5),
    conv({ id: `${id}/conv_b`, input: `${id}/conv_a`, channels: 6, kernel: 3, norm }),
    {
      id: `${id}/add`,
      op: "add",
      inputs: [`${id}/conv_b`, input],
      projection: { norm: true },
      activation: "relu",
    },
  ];
}

/** Units, a stage, a depthwise conv, a conv with bias but no norm, a lone norm, dropout, dense. */
export const NETWORK: Blueprint = {
  name: "ranks",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [6, 5, 3] },
    unit("stem", "images", 6),
    ...block("stage/block0", "stem"),
    ...block("stage/block1", "stage/block0/add"),
    {
      ...conv({ id: "spatial", input: "stage/block1/add", channels: 6, kernel: 3, norm }),
      op: "depthwise-conv",
    } as BlueprintNode,
    {
      ...conv({
        ...{ id: "down", input: "spatial", channels: 4, kernel: 3, stride: 2 },
        activation: "relu",
      }),
      bias: true,
    },
    { id: "lone", op: "norm", inputs: ["down"], norm, activation: "relu" },
    { id: "flatten", op: "flatten", inputs: ["lone"] },
    { id: "dropout", op: "dropout", inputs: ["flatten"], rate: 0.3 },
    { id: "classifier", op: "dense", inputs: ["dropout"], channels: 3, bias: true },
  ],
  stages: [{
    id: "stage",
    blocks: [0, 1].map((b) => ({
      id: `stage/block${b}`,
      nodes: ["conv_a", "conv_b", "add"].map((name) => `stage/block${b}/${name}`),
      output: `stage/block${b}/add`,
    })),
  }],
  output: "classifier",
};

const shrunk = conv({
  id: "next/block0/short",
  input: "stage/block1/add",
  channels: 8,
  kernel: 3,
  stride: 2,
});

/** Units, the stage, a block of half the size and a global average. */
export const RESIDUAL: Blueprint = {
  ...NETWORK,
  name: "residual",
  nodes: [
    ...NETWORK.nodes.slice(0, 8),
    conv({
      ...{ id: "next/block0/conv_a", input: "stage/block1/add", channels: 7, kernel: 3, stride: 2 },
      ...{ norm, activation: "relu" },
    }),
    conv({ id: "next/block0/conv_b", input: "next/block0/conv_a", channels: 8, kernel: 3, norm }),
    { ...shrunk, searchNorm: norm },
    {
      ...{ id: "next/block0/add", op: "add", inputs: ["next/block0/conv_b", shrunk.id] },
      ...{ projection: { norm: true }, activation: "relu" },
    },
    { id: "pooled", op: "global-pool", inputs: ["next/block0/add"] },
    { id: "classifier", op: "dense", inputs: ["pooled"], channels: 3, bias: true },
  ],
};

/** {@linkcode NETWORK} with relu6, and with what no engine has a pass for. */
export const VARIED: Blueprint = {
  ...NETWORK,
  name: "varied",
  nodes: NETWORK.nodes.flatMap((node): BlueprintNode[] => {
    switch (node.id) {
      case "spatial":
        return [{ ...node, activation: "relu6" } as BlueprintNode];
      case "lone":
        return [
          { id: "slopes", op: "prelu", inputs: ["down"], positions: [1, 1] },
          { id: "both", op: "concat", inputs: ["slopes", "down"] },
          { ...node, inputs: ["both"], activation: "swish" } as BlueprintNode,
        ];
      case "dropout":
        return [
          {
            id: "hidden",
            op: "dense",
            inputs: ["flatten"],
            channels: 5,
            bias: true,
            activation: "tanh",
          },
          { ...node, inputs: ["hidden"] },
        ];
      default:
        return [node];
    }
  }),
};

/** Ends in a map of 3 classes, one for every position. */
export const MAPPING: Blueprint = {
  ...NETWORK,
  name: "mapping",
  nodes: [
    ...NETWORK.nodes.slice(0, 8),
    { ...conv({ id: "map", input: "stage/block1/add", channels: 3, kernel: 1 }), bias: true },
  ],
  output: "map",
};

const width = (id: string, candidates: number[]): Decision => ({
  id,
  space: "width",
  candidates,
  effect: { kind: "channels", nodes: [id] },
});

/** Widths, of a stem, of two convs of one block and of a conv without norm. */
export const WIDTHS: readonly Decision[] = [
  width("stem", [2, 4, 6]),
  { ...width("stage/block0/conv_a", [2, 3, 5, 7]), unpruned: 5 },
  width("stage/block0/conv_b", [2, 4, 6]),
  width("stage/block1/conv_b", [3, 5, 6]),
  width("down", [1, 2, 4]),
];

const sliceOf = (layer: string, from: number, candidates: number[]): Decision => ({
  ...{ id: `${layer}[${from}:${from + 2}]`, space: "width", candidates, unpruned: 2 },
  effect: { kind: "channels", nodes: [{ layer, from, count: 2 }] },
});

/** Widths of slices of layers: with a channel between, and of a conv without norm. */
export const SLICES: readonly Decision[] = [
  sliceOf("stage/block0/conv_a", 0, [1, 2, 3]),
  sliceOf("stage/block0/conv_a", 3, [1, 2, 4]),
  ...[0, 2].map((from) => sliceOf("down", from, [1, 2])),
];

/** Widths of {@linkcode RESIDUAL}, on both sides of its sums. */
export const RESIDUAL_WIDTHS: readonly Decision[] = [
  ...WIDTHS.slice(0, 4),
  width("next/block0/conv_b", [3, 5, 8]),
  width("next/block0/short", [4, 6, 8]),
];

/** The depth of the stage. */
export const DEPTH: Decision = {
  id: "stage",
  space: "depth",
  candidates: [1, 2],
  effect: { kind: "exit", stage: "stage" },
};

/** An asymmetric linear aggregator. */
const LINEAR: Aggregator = {
  matrix: (from, to) =>
    Float32Array.from(
      { length: from * to },
      (_, i) => from === to ? Number(i % (to + 1) === 0) : Math.sin(i + from) / from,
    ),
  resize(x, channels) {
    const from = x.shape[x.rank - 1]!;
    const matrix = tf.tensor2d(LINEAR.matrix!(from, channels), [from, channels]);
    return tf.matMul(x.reshape([-1, from]) as tf.Tensor2D, matrix)
      .reshape([...x.shape.slice(0, -1), channels]);
  },
};

const random = createRandom(5);

function normal(name: string, shape: number[]): tf.Tensor {
  const stream = random.stream(name);
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), shape);
}

/** A network with the same initial weights each time, whose norms are not the identity. */
export function networkOf(
  decisions: readonly Decision[] = [],
  blueprint: Blueprint = NETWORK,
): Network {
  const network = compile(blueprint, { random, decisions, aggregator: LINEAR });
  tf.tidy(() => {
    for (const [name, variable] of network.parameters) {
      if (/norm|bias|lone/.test(name)) {
        variable.assign(variable.add(normal(name, [...variable.shape]).mul(0.2)));
      }
    }
  });
  return network;
}

/** Arrays that a test compares, by name. */
export type Values = Readonly<Record<string, Float32Array>>;

/** What is trained, and on which batches. */
export interface Steps {
  /** What is trained; {@linkcode NETWORK} by default. */
  readonly blueprint?: Blueprint;
  /** Decisions of the supernet. */
  readonly decisions?: readonly Decision[];
  /** Images of each step. */
  readonly batches: readonly number[];
  /** Whether only mixture weights are trained. */
  readonly frozen?: boolean;
}

/** A network with the parameters of its mixtures. */
export interface Trained extends Disposable {
  /** The network. */
  readonly network: Network;
  /** Take a step. `alter` is called with the logits before the loss. */
  step(at: number, alter?: (logits: tf.Tensor2D) => void): Values;
}

/** Make a network with its mixtures, ready to be trained. */
export function trainee({ blueprint, decisions = [], batches, frozen = false }: Steps): Trained {
  const network = networkOf(decisions, blueprint);
  const alphas = new Map(
    decisions.map(({ id, candidates }) => [
      id,
      tf.tidy(() => tf.variable(normal(`alpha/${id}`, [candidates.length]))),
    ]),
  );
  const variables = new Map([
    ...frozen ? [] : network.parameters,
    ...[...alphas].map(([id, variable]) => [`alpha/${id}`, variable] as const),
  ]);
  const sgd = createSgd({ momentum: 0.9, nesterov: true, decay: 1e-3 });
  const mixtures = (at: number): Mixtures =>
    new Map(decisions.map(({ id, candidates, effect }) => {
      const all = candidates.map((_, i) => i);
      const indices = effect.kind === "exit" ? all : all.filter((i) => i !== at % all.length);
      const weights = tf.softmax(tf.gather(alphas.get(id)!, tf.tensor1d(indices, "int32")));
      return [id, { indices, weights: weights as tf.Tensor1D }];
    }));
  return {
    network,
    step: (at, alter) =>
      tf.tidy(() => {
        const images = normal(`images/${at}`, [batches[at]!, 6, 5, 3]) as tf.Tensor4D;
        const positions = blueprint === MAPPING ? [6, 5] : [];
        const shape = [batches[at]!, ...positions];
        const length = tf.util.sizeFromShape(shape);
        const classes = Int32Array.from({ length }, (_, i) => (i * i + at) % 3);
        const labels = tf.oneHot(tf.tensor(classes, shape, "int32"), 3).toFloat();
        const { loss, gradients } = lossGradients(() => {
          const options: ForwardOptions = { training: true, frozen, step: at + 1 };
          const { logits } = network.forward(images, { ...options, mixtures: mixtures(at) });
          alter?.(logits as tf.Tensor2D);
          return softmaxCrossEntropy(logits, labels);
        }, variables);
        sgd.apply(variables, { gradients, rate: 0.02 });
        return valuesOf([["loss", loss], ...gradients]);
      }),
    [Symbol.dispose]() {
      network[Symbol.dispose]();
      sgd[Symbol.dispose]();
      tf.dispose([...alphas.values()]);
    },
  };
}

/** Values of named tensors. */
export function valuesOf(tensors: Iterable<readonly [string, tf.Tensor]>): Values {
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, tensor.dataSync<"float32">().slice()]),
  );
}

/** Fail unless each array agrees within a tolerance relative to its largest entry. */
export function assertClose(actual: Values, expected: Values, tolerance: number): void {
  assertEquals(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    const off = values.reduce((a, b, i) => Math.max(a, Math.abs(b - actual[name]![i]!)), 0);
    assert(off <= tolerance * largest, `${name}: ${off} of ${largest}`);
  }
}

/** Run with ranks, or with one. */
export const withRanks = <T>(ranks: RankPool | undefined, run: () => T): T =>
  withServices({ ranks }, run);

/** Fail if steps with ranks leave a tensor behind. */
export function assertNoneLeft(ranks: RankPool, steps: Omit<Steps, "batches">): void {
  withRanks(ranks, () => {
    const start = tf.memory().numTensors;
    const trained = trainee({ ...steps, batches: [12, 12, 12] });
    trained.step(0);
    trained.step(1);
    const before = tf.memory().numTensors;
    trained.step(2);
    assertEquals(tf.memory().numTensors, before);
    trained[Symbol.dispose]();
    assertEquals(tf.memory().numTensors, start);
  });
}
