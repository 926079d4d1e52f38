/**
 * The formula that makes the fixtures' weights and images: tests/fixtures/tas/README.md.
 *
 * @module
 */
import type { Weights } from "@espalier/core";

/** Entry i of the tensor that a seed and a name identify, before offset and scale: in [0, 1). */
export function unit(seed: number, { name, i }: { name: string; i: number }): number {
  return mix(hashOf(seed, name), i) / 2 ** 32;
}

/** 32-bit FNV-1a of `seed:name`. */
export function hashOf(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}:${name}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 0;
}

function mix(hash: number, i: number): number {
  let z = (hash + Math.imul(i + 1, 0x9e3779b9)) | 0;
  z ^= z >>> 16;
  z = Math.imul(z, 0x21f0aaad);
  z ^= z >>> 15;
  z = Math.imul(z, 0x735a2d97);
  z ^= z >>> 15;
  return z >>> 0;
}

const SCALES: Readonly<Record<string, { readonly offset: number; readonly scale: number }>> = {
  gamma: { offset: 1, scale: 0.5 },
  beta: { offset: 0, scale: 0.4 },
  mean: { offset: 0, scale: 0.2 },
  variance: { offset: 1, scale: 0.5 },
  bias: { offset: 0, scale: 0.2 },
  images: { offset: 0, scale: 4 },
  probe: { offset: 0, scale: 2 },
};

/** The values of a tensor. */
export function valuesOf(
  seed: number,
  { name, shape }: { name: string; shape: readonly number[] },
): Float32Array {
  const role = name.slice(name.lastIndexOf("/") + 1);
  const { offset, scale } = role === "kernel"
    ? { offset: 0, scale: Math.sqrt(24 / shape.slice(0, -1).reduce((a, b) => a * b, 1)) }
    : SCALES[role]!;
  const size = shape.reduce((a, b) => a * b, 1);
  const hash = hashOf(seed, name);
  return Float32Array.from(
    { length: size },
    (_, i) => Math.fround(offset + scale * (mix(hash, i) / 2 ** 32 - 0.5)),
  );
}

/** The labels of a batch. */
export function labelsOf(
  seed: number,
  { count, classes }: { count: number; classes: number },
): Int32Array {
  return Int32Array.from(
    { length: count },
    (_, i) => Math.floor(unit(seed, { name: "labels", i }) * classes),
  );
}

/** Every array of a network by the formula; statistics only where they do not start fresh. */
export function formulaWeights(
  seed: number,
  { weights, statistics }: { weights: Weights; statistics: boolean },
): Weights {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => statistics || !/\/(mean|variance)$/.test(name))
      .map(([name, { shape }]) => [name, { shape, values: valuesOf(seed, { name, shape }) }]),
  );
}
