import { createRandom, NO_CHECKPOINT, type SearchContext } from "@espalier/core";
import { flops, widthSearch } from "@espalier/espalier";
import { pluginConformance, strategyConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { annealing } from "./mod.ts";
import { anneal, type AnnealingEvent } from "./search.ts";

await tf.setBackend("cpu");

const checks = [
  ...pluginConformance({
    factory: annealing,
    valid: [{ steps: 3 }, { first: 1, last: 1 }],
    invalid: [{ steps: 0 }, { first: 0 }, { first: 0.1, last: 1 }],
  }),
  ...strategyConformance({
    plugins: () => [widthSearch(), flops(), annealing({ steps: 3 })],
    budget: { cost: "macs", target: 0.6 },
  }),
];
for (const { name, fn } of checks) test(name, fn);

test("anneal() climbs to the best of a row of candidates, and says each step", async () => {
  const events: AnnealingEvent[] = [];
  const context: Partial<SearchContext> = {
    checkpoint: NO_CHECKPOINT,
    random: createRandom(3),
    decisions: [{
      ...{ id: "a", space: "test", candidates: [1, 2, 3, 4, 5] },
      effect: { kind: "channels", nodes: ["a"] },
    }],
    budget: { cost: "x", unit: "x", target: 3, low: 1, high: 5, unpruned: 5, smallest: 1 },
    uniform: () => ({ a: 1 }),
    cost: ({ a }) => a!,
    excess: () => 0,
    score: ({ a }) => Promise.resolve({ score: -((a! - 4) ** 2), loss: 0, metrics: {}, images: 1 }),
    progress: () => Promise.resolve(),
  };
  // So cold that no loss is accepted.
  const options = { steps: 60, first: 1e-6, last: 1e-9 };
  const emit = (event: AnnealingEvent) => void events.push(event);
  const found = await anneal(context as SearchContext, { ...options, emit });
  assert.deepEqual(found, { choices: { a: 4 } });
  assert.deepEqual(events.map(({ step }) => step), [...Array(60).keys()]);
  const scores = events.filter(({ accepted }) => accepted).map(({ score }) => score);
  assert.deepEqual(scores, [...scores].sort((a, b) => a - b));
});

test("anneal() jumps where the budget allows no neighbour", async () => {
  const jumps: string[] = [];
  const context: Partial<SearchContext> = {
    checkpoint: NO_CHECKPOINT,
    random: createRandom(1),
    decisions: [],
    budget: { cost: "x", unit: "x", target: 3, low: 2, high: 4, unpruned: 5, smallest: 1 },
    uniform: ({ name }) => (jumps.push(name), {}),
    cost: () => 9,
    excess: () => 0,
    score: () => Promise.resolve({ score: 1, loss: 0, metrics: {}, images: 1 }),
    progress: () => Promise.resolve(),
  };
  const emit = () => {};
  await anneal(context as SearchContext, { steps: 3, first: 1, last: 1, emit });
  assert.deepEqual(jumps, ["acme-annealing/start", "acme-annealing/jump", "acme-annealing/jump"]);
});
