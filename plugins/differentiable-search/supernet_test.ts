import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import {
  type Aggregator,
  type Batch,
  type Blueprint,
  createRandom,
  type Decision,
  type Network,
  type Penalty,
  type SearchContext,
} from "@espalier/core";
import { compile, parameterSpecs } from "@espalier/supernet";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { differentiableSearch } from "./differentiable_search.ts";
import { differentiableSearchOptionsSchema } from "./options.ts";
import { softmaxSampler, toyContext, zoneLoss } from "./testing.ts";

await tf.setBackend("cpu");

const IDS = ["first", "second"] as const;

const BLUEPRINT: Blueprint = {
  name: "small",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [3, 3, 2] },
    ...IDS.map((id, i) =>
      conv({
        id,
        input: IDS[i - 1] ?? "images",
        channels: 6,
        kernel: 3,
        norm: DEFAULT_NORM,
        activation: "relu",
      })
    ),
    { id: "pool", op: "global-pool", inputs: ["second"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

const WIDTHS: Decision[] = IDS.map((id) => ({
  id,
  space: "width-search",
  candidates: [2, 4, 6],
  effect: { kind: "channels", nodes: [id] },
}));

const padding: Aggregator = {
  resize: (x, channels) =>
    tf.pad(x, x.shape.map((size, axis) => [0, axis === x.rank - 1 ? channels - size : 0])),
};

/** Images whose class is the channel that is brighter. */
function batchOf(key: number): Batch {
  const stream = createRandom(6).stream("images", key);
  const labels = Int32Array.from({ length: 16 }, () => stream.integer(2));
  const images = Float32Array.from(
    { length: 16 * 18 },
    (_, i) => stream.normal() + (labels[Math.floor(i / 18)] === i % 2 ? 1 : 0),
  );
  return { images, labels, size: 16 };
}

/** What the search of the small network works with. */
function contextOf(supernet: Network) {
  const toy = toyContext(supernet, { target: 5 });
  const context: SearchContext = {
    ...toy.context,
    blueprint: BLUEPRINT,
    decisions: WIDTHS,
    cost: ({ first, second }) => first! + second!,
    expectedCost: (rows) =>
      tf.addN([...rows.values()].map((row) => tf.sum(tf.mul(row, tf.tensor1d([2, 4, 6]))))),
    batches: (half, { epoch }) =>
      [0, 1, 2].map((step) => batchOf(8 * epoch + 2 * step + (half === "weights" ? 0 : 1))),
  };
  return { ...toy, context };
}

Deno.test("differentiableSearch() trains a supernet, moves its logits and leaks nothing", async () => {
  const random = createRandom(1);
  const supernet = compile(BLUEPRINT, { random, decisions: WIDTHS, aggregator: padding });
  const toy = contextOf(supernet);
  const { sampler } = softmaxSampler();
  const before = tf.memory().numTensors;
  const { probabilities, choices } = await differentiableSearch(
    toy.context,
    { penalties: [], sampler, regularizers: [{ name: "zone", weight: 2, loss: zoneLoss }] },
    differentiableSearchOptionsSchema.parse({
      epochs: 6,
      batchSize: 16,
      architecture: { rate: 0.1 },
    }),
  );
  const epochs = toy.reports.filter(({ step }) => step === undefined);
  assert(epochs.at(-1)!.loss! < 0.9 * epochs[0]!.loss!);
  assert(epochs.at(-1)!.metrics!.accuracy!.value > 0.8);
  assert(choices.first! + choices.second! < 12);
  for (const row of Object.values(probabilities!)) assert(Math.max(...row) > 0.35);
  assertEquals(new Set(toy.tensors.slice(1)).size, 1);
  assertEquals(tf.memory().numTensors, before);
  supernet[Symbol.dispose]();
});

Deno.test("differentiableSearch() may start from the teacher, each candidate's norm with its first channels", async () => {
  const random = createRandom(1);
  using supernet = compile(BLUEPRINT, { random, decisions: WIDTHS, aggregator: padding });
  const weights = Object.fromEntries(
    parameterSpecs(BLUEPRINT).map(({ name, shape }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, { shape, values: values.map((_, i) => (i % 7) / 4) }];
    }),
  );
  const seen: Record<string, number[]>[] = [];
  const penalty: Penalty = {
    name: "spy",
    weight: 1,
    loss({ parameters }) {
      seen.push(Object.fromEntries([...parameters].map(([id, v]) => [id, [...v.dataSync()]])));
      return tf.scalar(0);
    },
  };
  const { context } = contextOf(supernet);
  await differentiableSearch(
    { ...context, teacher: { blueprint: BLUEPRINT, weights } },
    { penalties: [penalty], sampler: softmaxSampler().sampler, regularizers: [] },
    differentiableSearchOptionsSchema.parse({ epochs: 1, batchSize: 16, start: "teacher" }),
  );
  const { "second/kernel": kernel, "second/norm/1/gamma": gamma } = seen[0]!;
  assertEquals(kernel, [...weights["second/kernel"]!.values]);
  assertEquals(gamma, [...weights["second/norm/gamma"]!.values.slice(0, 4)]);
});
