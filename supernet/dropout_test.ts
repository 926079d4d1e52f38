import { type Blueprint, createRandom } from "@espalier/core";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile } from "./compile.ts";

await tf.setBackend("cpu");

const FEATURES = 4000;

/** Two dropouts of rate 0.5 on the same ones: each output is 0 or 2. */
const twice: Blueprint = {
  name: "twice",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [1, 1, FEATURES] },
    { id: "flat", op: "flatten", inputs: ["images"] },
    { id: "a", op: "dropout", inputs: ["flat"], rate: 0.5 },
    { id: "b", op: "dropout", inputs: ["flat"], rate: 0.5 },
    { id: "both", op: "concat", inputs: ["a", "b"] },
  ],
  stages: [],
  output: "both",
};

/** Which entries both layers keep. */
function masks(seed: number, step: number): readonly [a: boolean[], b: boolean[]] {
  using network = compile(twice, { random: createRandom(seed) });
  const values = tf.tidy(() => {
    const images = tf.ones<tf.Rank.R4>([1, 1, 1, FEATURES]);
    return [...network.forward(images, { training: true, step }).logits.dataSync()];
  });
  const kept = values.map((value) => value !== 0);
  return [kept.slice(0, FEATURES), kept.slice(FEATURES)];
}

/** χ² of independence of two fair coins: entries that fall into each of four cells. */
function chiSquare(a: readonly boolean[], b: readonly boolean[]): number {
  const cells = [0, 0, 0, 0];
  a.forEach((kept, i) => cells[2 * Number(kept) + Number(b[i])]!++);
  const expected = a.length / 4;
  return cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
}

/** Exceeded once in 10,000 by chance, with three degrees of freedom; the draws are fixed. */
const LIMIT = 21.1;

Deno.test("two layers drop independently of each other", () => {
  for (const seed of [1, 2]) {
    for (const step of [0, 1, 7]) {
      const [a, b] = masks(seed, step);
      assert(chiSquare(a, b) < LIMIT, `${chiSquare(a, b)}`);
    }
  }
});

Deno.test("a layer drops anew in every step and for every seed, and alike for the same", () => {
  const [a] = masks(1, 0), [nextStep] = masks(1, 1), [otherSeed] = masks(2, 0);
  assert(chiSquare(a, nextStep) < LIMIT);
  assert(chiSquare(a, otherSeed) < LIMIT);
  assertNotEquals(a, nextStep);
  assertEquals(masks(1, 0)[0], a);
});
