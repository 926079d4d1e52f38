/**
 * Costs of real networks in the search spaces of TAS, against the official numbers.
 */
import {
  costFunction,
  expectedCost,
  repair,
  resolveBudget,
  uniformArchitecture,
} from "@espalier/blueprint";
import {
  type Blueprint,
  type Choices,
  createRandom,
  type Decision,
  type DecisionId,
} from "@espalier/core";
import { resnet } from "@espalier/networks";
import { depthDecisions } from "@espalier/plugin-depth-search";
import { macs, params } from "@espalier/plugin-flops";
import { widthDecisions } from "@espalier/plugin-width-search";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Tensor1D } from "@tensorflow/tfjs";
import fixture from "./fixtures/tas/flops.json" with { type: "json" };

const MILLION = 1e6;
const macsModel = { name: "macs", unit: "multiply-adds", cost: macs };
const paramsModel = { name: "params", unit: "parameters", cost: params };
const widthOptions = {
  ratios: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  residual: "project",
} as const;

type Case = typeof fixture.cases[number];

function networkOf({ family, network }: Case) {
  const { classes, block, depth = 18 } = network;
  return resnet({
    depth,
    classes,
    family: family as "cifar" | "imagenet",
    block: block as "basic" | "bottleneck",
  });
}

function searched({ alpha, beta }: Case, blueprint: Blueprint) {
  const widths = alpha === undefined ? [] : widthDecisions(blueprint, widthOptions);
  const depths = beta === undefined ? [] : depthDecisions(blueprint, { rule: "odd" });
  return { widths, depths, decisions: [...widths, ...depths] };
}

const nameOf = ({ seed, kind, family, network }: Case) =>
  `seed ${seed} (${family} ${kind} ${network.block})`;

Deno.test("expectedCost() has the official value for every network", () => {
  for (const each of fixture.cases) {
    const blueprint = networkOf(each);
    const { decisions } = searched(each, blueprint);
    const logits = [...(each.alpha ?? []), ...(each.beta ?? [])];
    assertEquals(decisions.length, logits.length);
    using expected = expectedCost(blueprint, { decisions, model: macsModel });
    const value = tf.tidy(() => {
      const rows = new Map<DecisionId, Tensor1D>(
        decisions.map(({ id }, i) => [id, tf.softmax(tf.tensor1d(logits[i]!))]),
      );
      return expected.evaluate(rows).dataSync()[0]! / MILLION;
    });
    assertAlmostEquals(value, each.expectedMacs, 1e-5 * each.expectedMacs, nameOf(each));
  }
});

Deno.test("costFunction() has the exact counts of the networks that the official code builds", () => {
  for (const each of fixture.cases) {
    const blueprint = networkOf(each);
    const { widths, depths, decisions } = searched(each, blueprint);
    const choices: Choices = Object.fromEntries([
      ...widths.map(({ id }, i) => [id, each.widths![i]!]),
      ...depths.map(({ id }, i) => [id, each.depths[i]!]),
    ]);
    const counted = [macsModel, paramsModel].map((model) =>
      costFunction(blueprint, { decisions, model })(choices)
    );
    assertEquals(counted, [each.built.macs, each.built.params], nameOf(each));
  }
});

const resnet20 = resnet({ depth: 20, classes: 10 });
const everything: readonly Decision[] = [
  ...widthDecisions(resnet20, widthOptions),
  ...depthDecisions(resnet20, { rule: "odd" }),
];
const cost = costFunction(resnet20, { decisions: everything, model: macsModel });

for (const target of [0.3, 0.55, 0.7]) {
  const zone = resolveBudget(
    { cost: "macs", target },
    { unit: "multiply-adds", decisions: everything, cost },
  );
  const isInside = (choices: Choices) => cost(choices) >= zone.low && cost(choices) <= zone.high;

  Deno.test(`uniformArchitecture() draws different ResNet-20s of ${target} times the cost`, () => {
    const drawn = [0, 1, 2].map((index) =>
      uniformArchitecture({
        decisions: everything,
        zone,
        cost,
        random: createRandom(1).stream("draw", index),
      })
    );
    assert(drawn.every(isInside));
    assertEquals(new Set(drawn.map((choices) => JSON.stringify(choices))).size, drawn.length);
  });

  Deno.test(`repair() brings the unpruned and the smallest ResNet-20 to ${target} of the cost`, () => {
    for (const end of [0, -1]) {
      const choices = Object.fromEntries(
        everything.map(({ id, candidates }) => [id, candidates.at(end)!]),
      );
      const repaired = repair({ choices, decisions: everything, zone, cost });
      assert(repaired.changed && isInside(repaired.choices));
      assertEquals(repaired.cost, cost(repaired.choices));
    }
  });
}

Deno.test("resolveBudget() knows the unpruned and the smallest ResNet-20", () => {
  const { unpruned, smallest } = resolveBudget(
    { cost: "macs", target: 0.5 },
    { unit: "multiply-adds", decisions: everything, cost },
  );
  // Widths 4, 9 and 19, one block a stage: no sum needs a projection.
  const stage0 = 9 * 1024 * (3 * 4 + 4 * 4 + 4 * 4);
  const stage1 = 256 * (9 * 4 * 9 + 9 * 9 * 9 + 4 * 9);
  const stage2 = 64 * (9 * 9 * 19 + 9 * 19 * 19 + 9 * 19);
  assertEquals([unpruned, smallest], [40_813_184, stage0 + stage1 + stage2 + 19 * 10]);
});
