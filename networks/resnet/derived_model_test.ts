import { assert, assertEquals } from "@std/assert";
import { type Blueprint, inferShapes, toLayersModel, type Weights } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import basicCut from "../../tests/fixtures/tas/derived-basic20-cut.json" with { type: "json" };
import bottleneckCut from "../../tests/fixtures/tas/derived-bottleneck20-cut.json" with {
  type: "json",
};
import released from "../../tests/fixtures/tas/derived-C010-ResNet20.json" with { type: "json" };
import unpruned from "../../tests/fixtures/tas/derived-unpruned-basic20.json" with { type: "json" };
import type { ResnetBlock } from "./options.ts";
import { blueprintOfShape } from "./shape.ts";

await tf.setBackend("cpu");

/** Entry i of a fixture's tensor before its offset and scale; see the README of the fixtures. */
function unit(seed: number, name: string): (i: number) => number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed}:${name}`) {
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  }
  return (i) => {
    let z = (hash + Math.imul(i + 1, 0x9e3779b9)) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

const RANGES: Readonly<Record<string, readonly [offset: number, scale: number]>> = {
  gamma: [1, 0.5],
  beta: [0, 0.4],
  mean: [0, 0.2],
  variance: [1, 0.5],
  bias: [0, 0.2],
  images: [0, 4],
};

function fixtureValues(seed: number, name: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const part = name.slice(name.lastIndexOf("/") + 1);
  const [offset, scale] = RANGES[part] ?? [0, Math.sqrt(24 / (size / shape.at(-1)!))];
  const at = unit(seed, name);
  return Float32Array.from({ length: size }, (_, i) => offset + scale * (at(i) - 0.5));
}

function fixtureWeights(seed: number, blueprint: Blueprint): Weights {
  const shapes = inferShapes(blueprint);
  const dimensions = blueprint.nodes.flatMap((node): [string, number[]][] => {
    if (node.op !== "conv" && node.op !== "dense") return [];
    const { channels } = shapes.get(node.inputs[0]!)!;
    if (node.op === "dense") {
      return [[`${node.id}/kernel`, [channels, node.channels]], [`${node.id}/bias`, [
        node.channels,
      ]]];
    }
    const norms = node.norm === undefined ? [] : ["gamma", "beta", "mean", "variance"];
    return [
      [`${node.id}/kernel`, [...node.kernel, channels, node.channels]],
      ...norms.map((part): [string, number[]] => [`${node.id}/norm/${part}`, [node.channels]]),
    ];
  });
  return Object.fromEntries(
    dimensions.map(([name, shape]) => [name, { shape, values: fixtureValues(seed, name, shape) }]),
  );
}

for (
  const { shape, seed, network, widths, depths, expect } of [
    basicCut,
    bottleneckCut,
    released,
    unpruned,
  ]
) {
  const { block, depth, classes, images: count, size } = network;
  Deno.test(`toLayersModel() of a ${block} network (${shape}) gives the reference's logits`, () => {
    const tensors = tf.memory().numTensors;
    const blueprint = blueprintOfShape({
      network: { depth, classes, block: block as ResnetBlock },
      widths,
      depths,
    });
    const model = toLayersModel(blueprint, fixtureWeights(seed, blueprint));
    const logits = tf.tidy(() => {
      const values = fixtureValues(seed, "images", [count, size, size, 3]);
      return (model.predict(tf.tensor(values, [count, size, size, 3])) as tf.Tensor).dataSync();
    });
    model.dispose();
    const expected = expect.eval.logits.flat();
    const largest = Math.max(...expected.map(Math.abs));
    assertEquals(logits.length, expected.length);
    const off = Math.max(...expected.map((value, i) => Math.abs(value - logits[i]!)));
    assert(off <= 1e-5 * largest, `off by ${off / largest} of the largest`);
    assertEquals(tf.memory().numTensors, tensors);
  });
}
