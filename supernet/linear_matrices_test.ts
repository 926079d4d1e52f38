import { conv } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  createRandom,
  type Decision,
  type Mixtures,
} from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint, arbitraryDecisions } from "../blueprint/testing.ts";
import { compile } from "./compile.ts";
import { linearAggregator, LinearMatrices } from "./linear_matrices.ts";
import { AVERAGING, TINY, TINY_DECISIONS } from "./testing.ts";

await tf.setBackend("cpu");

const matrix = AVERAGING.matrix!;

Deno.test("LinearMatrices holds each pair of widths once, on the host and as a tensor", () => {
  const start = tf.memory().numTensors;
  {
    let made = 0;
    using matrices = new LinearMatrices({
      blueprint: TINY,
      decisions: TINY_DECISIONS,
      matrix: (from, to) => (made++, matrix(from, to)),
    });
    assertEquals(made, matrices.onHost.size);
    assertEquals(tf.memory().numTensors, start + made);
    for (const key of matrices.onHost.keys()) {
      const [from, to] = key.split(",").map(Number) as [number, number];
      assertEquals(matrices.values(from, to), matrix(from, to));
      assertEquals([...matrices.tensor(from, to).dataSync()], [...matrix(from, to)]);
    }
  }
  assertEquals(tf.memory().numTensors, start);
});

Deno.test("LinearMatrices aligns what leaves a stage of concatenations at full width", () => {
  const grow = (id: string, input: string): BlueprintNode[] => [
    conv({ id: `${id}/conv`, input, channels: 3, kernel: 3 }),
    { id: `${id}/concat`, op: "concat", inputs: [input, `${id}/conv`] },
  ];
  const blocks = [grow("b0", "stem"), grow("b1", "b0/concat")];
  const blueprint: Blueprint = {
    name: "dense",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      conv({ id: "stem", input: "images", channels: 2, kernel: 3 }),
      ...blocks.flat(),
      { id: "pool", op: "global-pool", inputs: ["b1/concat"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 3, bias: true },
    ],
    stages: [{
      id: "s",
      blocks: blocks.map((nodes) => ({
        id: nodes[0]!.id,
        nodes: nodes.map(({ id }) => id),
        output: nodes.at(-1)!.id,
      })),
    }],
    output: "classifier",
  };
  const exit: Decision = {
    ...{ id: "s", space: "depth", candidates: [1, 2] },
    effect: { kind: "exit", stage: "s" },
  };
  using matrices = new LinearMatrices({ blueprint, decisions: [exit], matrix });
  assertEquals([...matrices.onHost.keys()].sort(), ["5,5", "5,8", "8,8"]);
});

Deno.test("linearAggregator() of a network's matrices resizes as the aggregator that made them", () => {
  using matrices = new LinearMatrices({ blueprint: TINY, decisions: TINY_DECISIONS, matrix });
  const aggregator = linearAggregator(matrices.onHost);
  tf.tidy(() => {
    for (const [from, to] of [[2, 6], [4, 6], [3, 5], [6, 6], [1, 4]] as const) {
      const x = tf.randomNormal([2, 3, from], 0, 1, "float32", from);
      const difference = tf.sub(aggregator.resize(x, to), AVERAGING.resize(x, to));
      assert(tf.max(tf.abs(difference)).dataSync()[0]! < 1e-6, `${from} to ${to}`);
    }
  });
});

Deno.test("LinearMatrices has those from and to the widths of every exit that a stage may leave by", () => {
  const unit = (id: string, input: string) => conv({ id, input, channels: 4, kernel: 3 });
  const ids = ["s0/b0", "s0/b1", "s1/b0", "s1/b1"];
  const blueprint: Blueprint = {
    name: "exits",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 3] },
      unit("s0/b0", "images"),
      unit("s0/b1", "s0/b0"),
      unit("inner", "s0/b1"),
      { id: "s1/b0", op: "add", inputs: ["inner", "s0/b1"], projection: { norm: true } },
      unit("s1/b1", "s1/b0"),
      { id: "pool", op: "global-pool", inputs: ["s1/b1"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 3, bias: true },
    ],
    stages: ["s0", "s1"].map((id, s) => ({
      id,
      blocks: ids.slice(2 * s, 2 * s + 2).map((block) => ({
        id: `${block}/block`,
        nodes: block === "s1/b0" ? ["inner", block] : [block],
        output: block,
      })),
    })),
    output: "classifier",
  };
  const decisions: Decision[] = [
    ...[["s0/b0", [4, 6]] as const, ["s1/b1", [2, 4]] as const].map((
      [id, candidates],
    ): Decision => ({
      ...{ id, space: "width", candidates, unpruned: 4 },
      effect: { kind: "channels", nodes: [id] },
    })),
    ...["s0", "s1"].map((stage): Decision => ({
      ...{ id: stage, space: "depth", candidates: [1, 2] },
      effect: { kind: "exit", stage },
    })),
  ];
  using matrices = new LinearMatrices({ blueprint, decisions, matrix });
  // The first stage leaves with 6 channels, which the sum in the second has too; its end has 2.
  assertEquals(matrices.values(2, 6).length, 12);
});

Deno.test("a supernet of any blueprint finds the matrices that it needs, and agrees without them", () => {
  fc.assert(
    fc.property(arbitraryBlueprint, fc.nat(99), fc.gen(), (blueprint, seed, gen) => {
      const decisions = gen(arbitraryDecisions, blueprint, "project" as const);
      const random = createRandom(seed);
      const settings = { random, decisions, aggregator: AVERAGING };
      using fused = compile(blueprint, settings);
      using reference = compile(blueprint, { ...settings, fused: false });
      tf.tidy(() => {
        const draw = random.stream("mixtures");
        const mixtures: Mixtures = new Map(decisions.map(({ id, candidates }) => {
          const weights = tf.softmax(tf.tensor1d(candidates.map(() => draw.normal())));
          return [id, { indices: candidates.map((_, i) => i), weights }];
        }));
        const images = tf.randomNormal<tf.Rank.R4>([5, 4, 4, 3], 0, 1, "float32", seed);
        const run = (network: typeof fused) =>
          network.forward(images, { training: true, mixtures }).logits.dataSync();
        const [a, b] = [run(fused), run(reference)];
        a.forEach((value, i) => assert(Math.abs(value - b[i]!) < 1e-3, `${value} ${b[i]}`));
      });
    }),
    { numRuns: 40 },
  );
});
