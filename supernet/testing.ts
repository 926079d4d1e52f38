/** A small residual network and its decisions, for the tests of this folder. */
import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import {
  type Aggregator,
  type Blueprint,
  createRandom,
  type Decision,
  type TrainedNetwork,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { type EngineServices, engineServices, useEngineServices } from "./engine_services.ts";
import { parameterSpecs } from "./parameters.ts";

const norm = DEFAULT_NORM;
const unit = (id: string, input: string, channels: number) =>
  conv({ id, input, channels, kernel: 3, norm, activation: "relu" });

/** Stem, a stage of two blocks at 6 channels, a strided conv, flatten and classifier. */
export const TINY: Blueprint = {
  name: "tiny",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [6, 5, 3] },
    unit("stem", "images", 6),
    unit("stage0/block0/conv_a", "stem", 5),
    {
      ...conv({
        id: "stage0/block0/conv_b",
        input: "stage0/block0/conv_a",
        channels: 6,
        kernel: 3,
        norm,
      }),
    },
    add("stage0/block0/add", "stage0/block0/conv_b", "stem"),
    unit("stage0/block1/conv_a", "stage0/block0/add", 5),
    {
      ...conv({
        id: "stage0/block1/conv_b",
        input: "stage0/block1/conv_a",
        channels: 6,
        kernel: 3,
        norm,
      }),
    },
    add("stage0/block1/add", "stage0/block1/conv_b", "stage0/block0/add"),
    {
      ...conv({
        id: "down",
        input: "stage0/block1/add",
        channels: 4,
        kernel: 3,
        stride: 2,
        activation: "relu",
      }),
      bias: true,
    },
    { id: "flatten", op: "flatten", inputs: ["down"] },
    { id: "classifier", op: "dense", inputs: ["flatten"], channels: 3, bias: true },
  ],
  stages: [{
    id: "stage0",
    blocks: [0, 1].map((b) => ({
      id: `stage0/block${b}`,
      nodes: ["conv_a", "conv_b", "add"].map((name) => `stage0/block${b}/${name}`),
      output: `stage0/block${b}/add`,
    })),
  }],
  output: "classifier",
};

function add(id: string, main: string, shortcut: string) {
  return {
    id,
    op: "add" as const,
    inputs: [main, shortcut],
    projection: { norm: true },
    activation: "relu" as const,
  };
}

const width = (id: string, candidates: number[]): Decision => ({
  id,
  space: "width",
  candidates,
  effect: { kind: "channels", nodes: [id] },
});

/** Widths of every conv and the depth of the stage. */
export const TINY_DECISIONS: readonly Decision[] = [
  width("stem", [2, 4, 6]),
  width("stage0/block0/conv_a", [2, 3, 5]),
  width("stage0/block0/conv_b", [2, 4, 6]),
  width("stage0/block1/conv_a", [2, 3, 5]),
  width("stage0/block1/conv_b", [2, 4, 6]),
  width("down", [1, 2, 4]),
  { id: "stage0", space: "depth", candidates: [1, 2], effect: { kind: "exit", stage: "stage0" } },
];

/** Means over neighbouring channels, as a linear aggregator. */
export const AVERAGING: Aggregator = {
  resize: (x, channels) => {
    const from = x.shape[x.rank - 1]!;
    const flat = x.reshape([-1, from]) as tf.Tensor2D;
    return tf.matMul(flat, tf.tensor2d(averages(from, channels), [from, channels])).reshape([
      ...x.shape.slice(0, -1),
      channels,
    ]);
  },
  matrix: averages,
};

function averages(from: number, to: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let t = 0; t < to; t++) {
    const first = Math.floor(t * from / to), last = Math.ceil((t + 1) * from / to);
    for (let i = first; i < last; i++) matrix[i * to + t] = 1 / (last - first);
  }
  return matrix;
}

/** Weights in which no two entries are alike, variances above zero. */
export function trained(blueprint: Blueprint): TrainedNetwork {
  const random = createRandom(12);
  const weights = parameterSpecs(blueprint).map(({ name, shape, role }) => {
    const stream = random.stream(name);
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: size }, () => stream.next() - 0.5);
    if (role === "gamma" || role === "variance") values.forEach((v, i) => values[i] = v + 1);
    return [name, { shape, values }] as const;
  });
  return { blueprint, weights: Object.fromEntries(weights) };
}

/** Run with some services of the engine replaced. */
export function withServices<T>(changes: Partial<EngineServices>, run: () => T): T {
  const before = engineServices();
  useEngineServices({ ...before, ...changes });
  try {
    return run();
  } finally {
    useEngineServices(before);
  }
}
