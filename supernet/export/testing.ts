/** Networks with weights and images, and what they compute, for tests of models written elsewhere. */
import { inferShapes } from "@espalier/blueprint";
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
import { compile } from "../compile.ts";

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
