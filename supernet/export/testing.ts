/** Networks with weights and images, and what they compute, for tests of models written elsewhere. */
import { conv, inferShapes, inputsOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  createRandom,
  type HostTensor,
  type PoolNode,
  type Weights,
} from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { OP_BLOCKS } from "../../blueprint/block_testing.ts";
import { compile } from "../compile.ts";
import { inputShape } from "../nodes/input.ts";
import { toLayersModel } from "./layers_model.ts";

/** Weights and statistics that keep values near 1; variances are positive. */
export async function someWeights(blueprint: Blueprint): Promise<Weights> {
  using network = compile(blueprint, { random: createRandom(1) });
  let state = 0;
  const next = () => Math.sin(++state * 12.9898);
  const fresh = (name: string, { shape, values }: HostTensor): HostTensor => {
    const scale = name.endsWith("/kernel") ? Math.sqrt(3 * shape.at(-1)! / values.length) : 0.5;
    const offset = /variance|gamma/.test(name) ? 1 : 0;
    return { shape, values: values.map(() => offset + scale * next()) };
  };
  const weights = await network.read();
  return Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, fresh(name, w)]));
}

/** Two images for a network. */
export function imagesFor(blueprint: Blueprint): tf.Tensor4D {
  const { height, width, channels } = inferShapes(blueprint).get(blueprint.nodes[0]!.id)!;
  const shape: [number, number, number, number] = [2, height, width, channels];
  return tf.randomUniform<tf.Rank.R4>(shape, -2, 2, "float32", 7);
}

/** Logits of core's own interpreter. */
export function forward(blueprint: Blueprint, weights: Weights, images: tf.Tensor4D): Float32Array {
  using network = compile(blueprint, { random: createRandom(1) });
  network.write(weights);
  return tf.tidy(() =>
    network.forward(images, { training: false }).logits.dataSync() as Float32Array
  );
}

/** Equal but for float32's rounding. */
export function assertClose(actual: Float32Array, expected: Float32Array, message?: string): void {
  assertEquals(actual.length, expected.length);
  // Values inside the network are near 1: logits that nearly cancel are not known any better.
  const largest = Math.max(1, ...expected.map(Math.abs));
  const off = actual.map((value, i) => Math.abs(value - expected[i]!));
  assert(
    Math.max(...off) <= 1e-5 * largest,
    `${message}: off by ${Math.max(...off)} of ${largest}`,
  );
}

/** A network of one trunk, a flattening and a classifier. */
export function network(...trunk: readonly BlueprintNode[]): Blueprint {
  return {
    name: "network",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [6, 7, 2] },
      ...trunk,
      { id: "flat", op: "flatten", inputs: [trunk.at(-1)!.id] },
      { id: "classifier", op: "dense", inputs: ["flat"], channels: 3, bias: true },
    ],
    stages: [],
    output: "classifier",
  };
}

/** A network of each block. */
export const BLOCK_NETWORKS: readonly Blueprint[] = Object.entries(OP_BLOCKS).map(
  ([name, make]) => {
    const block = make({ id: "block", input: "stem", channels: 3 });
    return {
      name,
      nodes: [
        { id: "images", op: "input", inputs: [], shape: [4, 4, 2] },
        conv({ id: "stem", input: "images", channels: 3, kernel: 3 }),
        ...block,
        { id: "flat", op: "flatten", inputs: [block.at(-1)!.id] },
        { id: "classifier", op: "dense", inputs: ["flat"], channels: 3, bias: true },
      ],
      stages: [],
      output: "classifier",
    };
  },
);

const isGeluTanh = (node: BlueprintNode) => "activation" in node && node.activation === "gelu-tanh";

/** Whether stock layers have all activations of a network. */
export const isStock = ({ nodes }: Blueprint): boolean => !nodes.some(isGeluTanh);

/** A network that reads a sequence and a vector, and gives a vector, a sequence and an image. */
export const ENDS: Blueprint = {
  name: "ends",
  nodes: [
    { id: "words", op: "input", inputs: [], shape: [1, 5, 3], rank: 2 },
    { id: "facts", op: "input", inputs: [], shape: [1, 1, 4], rank: 1 },
    {
      ...conv({ id: "a", input: "words", channels: 6, kernel: 3, activation: "tanh" }),
      ...{ kernel: [1, 3], padding: [0, 0, 1, 1] },
    },
    { id: "tags", op: "dense", inputs: ["a"], channels: 3, bias: true },
    { id: "mean", op: "global-pool", inputs: ["a"] },
    { id: "both", op: "concat", inputs: ["mean", "facts"] },
    { id: "map", op: "reshape", inputs: ["both"], shape: [1, 5, 2] },
    { id: "image", op: "upsample", inputs: ["map"], size: [3, 2] },
    { id: "logits", op: "dense", inputs: ["both"], channels: 3, bias: true },
  ],
  stages: [],
  output: "logits",
  outputs: [
    { node: "logits", activation: "softmax", layer: "probabilities" },
    { node: "tags", activation: "softmax" },
    { node: "image" },
  ],
};

const line = { kernel: [1, 3], strides: [1, 1], dilation: [1, 1], padding: [0, 0, 1, 1] } as const;

/** A sequence through every operation that works on one. */
export const SEQUENCE: Blueprint = {
  name: "sequence",
  nodes: [
    { id: "words", op: "input", inputs: [], shape: [1, 12, 3], rank: 2 },
    {
      ...conv({ id: "same", input: "words", channels: 4, kernel: 3, activation: "relu" }),
      ...{ ...line, bias: true, norm: { epsilon: 0.1, momentum: 0.9 } },
    },
    {
      ...conv({ id: "causal", input: "same", channels: 4, kernel: 3, activation: "tanh" }),
      ...{ ...line, dilation: [1, 2], padding: [0, 0, 4, 0] },
    },
    { id: "sum", op: "add", inputs: ["causal", "same"], activation: "relu" },
    {
      ...{ id: "deep", op: "depthwise-conv", inputs: ["sum"], multiplier: 2, bias: true },
      ...{ ...line, padding: [0, 0, 2, 1], activation: "relu" },
    },
    {
      ...{ id: "most", op: "pool", pool: "max", inputs: ["deep"], size: [1, 3], strides: [1, 2] },
      padding: [0, 0, 2, 1],
    },
    {
      ...{ id: "mean", op: "pool", pool: "average", inputs: ["most"], size: [1, 2] },
      ...{ strides: [1, 2], padding: [0, 0, 0, 0] },
    },
    {
      ...{ id: "back", op: "transposed-conv", inputs: ["mean"], channels: 3, bias: true },
      ...{ kernel: [1, 3], strides: [1, 2], padding: "same" },
    },
    { id: "slopes", op: "prelu", inputs: ["back"], positions: [1, 6] },
    { id: "slope", op: "prelu", inputs: ["slopes"], positions: [1, 1] },
    { id: "norm", op: "norm", inputs: ["slope"], norm: { epsilon: 0.1, momentum: 0.9 } },
    { id: "padded", op: "pad", inputs: ["norm"], padding: [0, 0, 2, 1] },
    { id: "longer", op: "upsample", inputs: ["padded"], size: [1, 2] },
    { id: "cut", op: "crop", inputs: ["longer"], padding: [0, 0, 3, 1] },
    { id: "gate", op: "dense", inputs: ["cut"], channels: 1, bias: true, activation: "sigmoid" },
    { id: "gated", op: "merge", by: "multiply", inputs: ["cut", "gate"] },
    { id: "folded", op: "reshape", inputs: ["gated"], shape: [7, 6] },
    { id: "frames", op: "dense", inputs: ["folded"], channels: 4, bias: true },
    { id: "whole", op: "global-pool", inputs: ["frames"] },
    { id: "largest", op: "global-pool", pool: "max", inputs: ["frames"] },
    { id: "flat", op: "flatten", inputs: ["frames"] },
    { id: "all", op: "concat", inputs: ["whole", "largest", "flat"] },
    { id: "logits", op: "dense", inputs: ["all"], channels: 3, bias: true },
  ],
  stages: [],
  output: "logits",
};

/** What each input of an exported model takes, for two examples. */
export function inputsFor(blueprint: Blueprint): tf.Tensor[] {
  return inputsOf(blueprint).map((node, i) =>
    tf.randomUniform([2, ...inputShape(node)], -2, 2, "float32", 7 + i)
  );
}

/** What the layers-model gives, output by output. */
export function predict(
  blueprint: Blueprint,
  weights: Weights,
  inputs: tf.Tensor | tf.Tensor[],
): Float32Array[] {
  const model = toLayersModel(blueprint, weights);
  const found = [model.predict(inputs)].flat();
  const values = found.map((each) => each.dataSync() as Float32Array);
  tf.dispose(found);
  model.dispose();
  return values;
}

const axis = fc.record({
  size: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: 0, max: 2 }),
  after: fc.integer({ min: 0, max: 2 }),
}).filter(({ size, before, after }) => Math.max(before, after) < size);
/** A pool of any size, stride and padding, behind the node "before". */
export const arbitraryPool = fc.record({
  pool: fc.constantFrom("max" as const, "average" as const),
  rows: axis,
  columns: axis,
}).map(({ pool, rows, columns }): PoolNode => ({
  id: "pool",
  op: "pool",
  inputs: ["before"],
  pool,
  size: [rows.size, columns.size],
  strides: [rows.stride, columns.stride],
  padding: [rows.before, rows.after, columns.before, columns.after],
}));
