/** Costs and tensors of the reference's fixtures, for the tests of this folder. */
import { inferShapes } from "@espalier/blueprint";
import type { Blueprint, CostModel, Weights } from "@espalier/core";

/** Multiply-adds of convolutions and dense layers. */
export const macs: CostModel = {
  name: "macs",
  unit: "multiply-adds",
  cost({ node, input, output }) {
    if (node.op === "dense") return input.channels * output.channels;
    if (node.op !== "conv") return 0;
    return node.kernel[0] * node.kernel[1] * input.channels * output.channels * output.height *
      output.width;
  },
};

/** Trainable parameters. */
export const params: CostModel = {
  name: "params",
  unit: "parameters",
  cost({ node, input, output }) {
    if (node.op === "dense") return (input.channels + 1) * output.channels;
    if (node.op !== "conv") return 0;
    const norm = node.norm === undefined ? 0 : 2 * output.channels;
    return node.kernel[0] * node.kernel[1] * input.channels * output.channels + norm;
  },
};

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

/** A tensor of a fixture. */
export function fixtureValues(seed: number, name: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const part = name.slice(name.lastIndexOf("/") + 1);
  const [offset, scale] = RANGES[part] ?? [0, Math.sqrt(24 / (size / shape.at(-1)!))];
  const at = unit(seed, name);
  return Float32Array.from({ length: size }, (_, i) => offset + scale * (at(i) - 0.5));
}

/** The weights of a derived network of a fixture. */
export function fixtureWeights(seed: number, blueprint: Blueprint): Weights {
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
