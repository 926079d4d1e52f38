import {
  type Blueprint,
  type BlueprintNode,
  type CostModel,
  type Decision,
  EspalierError,
  type NetworkCostModel,
  unprunedValue,
} from "@espalier/core";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { costOf } from "../cost_of.ts";
import { derive } from "../derive.ts";
import {
  allDecisions,
  arbitraryBlueprint,
  arbitraryChoices,
  arbitraryDecisions,
} from "../testing.ts";
import { costFunction } from "./cost_function.ts";
import { keptOf } from "./kept.ts";
import { peakMemory } from "./peak_memory.ts";

/** Differs for every operation, size, width and norm; not linear in the widths. */
const model: CostModel = {
  name: "fingerprint",
  unit: "points",
  cost({ node, input, output }) {
    const norm = "norm" in node && node.norm !== undefined ? 3 : 1;
    const size = "kernel" in node ? node.kernel[0] : node.op.length;
    return norm * size * (input.channels ** 2 + 7 * output.channels) * output.height + input.width;
  },
};

const policies = fc.constantFrom("project" as const, "tie" as const);

Deno.test("costFunction() equals the cost of the derived blueprint", () => {
  fc.assert(
    fc.property(arbitraryBlueprint, policies, fc.gen(), (blueprint, residual, gen) => {
      const decisions = gen(arbitraryDecisions, blueprint, residual);
      const cost = costFunction(blueprint, { decisions, model });
      for (let repeat = 0; repeat < 3; repeat++) {
        const choices = gen(arbitraryChoices, decisions);
        const expected = costOf(derive(blueprint, { decisions, choices }), model).total;
        assertAlmostEquals(cost(choices), expected, expected * 1e-12);
      }
    }),
    { numRuns: 200 },
  );
});

/** Peak memory, and all that a whole network shows of its nodes, in which order. */
const whole: NetworkCostModel = {
  name: "whole",
  unit: "points",
  networkCost: (network) =>
    peakMemory(network) + network.outputs.reduce((sum, output) => sum + 3 * output, 0) +
    network.nodes.reduce(
      (sum, { inputs, output, node }, position) =>
        sum + (position + 1) * (node.op.length + output.channels ** 2 + output.width) +
        inputs.reduce((total, input) => total + input ** 2, 0),
      0,
    ),
};

Deno.test("costFunction() of a whole network equals that of the derived blueprint", () => {
  fc.assert(
    fc.property(arbitraryBlueprint, policies, fc.gen(), (blueprint, residual, gen) => {
      const decisions = gen(arbitraryDecisions, blueprint, residual);
      const cost = costFunction(blueprint, { decisions, model: whole });
      for (let repeat = 0; repeat < 3; repeat++) {
        const choices = gen(arbitraryChoices, decisions);
        const derived = derive(blueprint, { decisions, choices });
        assertEquals(cost(choices), costFunction(derived, { decisions: [], model: whole })({}));
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("costFunction() counts projections between unlike channels of a ranking", () => {
  fc.assert(
    fc.property(arbitraryBlueprint, fc.gen(), (blueprint, gen) => {
      const decisions = gen(arbitraryDecisions, blueprint, "project");
      const choices = gen(arbitraryChoices, decisions);
      const ranking = Object.fromEntries(
        decisions.filter(({ effect }) => effect.kind === "channels").map((decision) => {
          const length = unprunedValue(decision);
          const options = { minLength: length, maxLength: length };
          const channels = Array.from({ length }, (_, i) => i);
          return [decision.id, gen(() => fc.shuffledSubarray(channels, options))];
        }),
      );
      const kept = keptOf(choices, { decisions, ranking });
      const expected = costOf(derive(blueprint, { decisions, choices, kept }), model).total;
      assertAlmostEquals(
        costFunction(blueprint, { decisions, model, ranking })(choices),
        expected,
        expected * 1e-12,
      );
    }),
    { numRuns: 200 },
  );
});

const one = [1, 1] as const;
const conv = (id: string, input: string): BlueprintNode => ({
  id,
  op: "conv",
  inputs: [input],
  channels: 4,
  kernel: one,
  strides: one,
  padding: [0, 0, 0, 0],
  dilation: one,
  bias: false,
});

/** A sum of two convolutions in a row and one beside them. */
const side: Blueprint = {
  name: "side",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [1, 1, 4] },
    conv("side", "images"),
    conv("first", "images"),
    conv("second", "first"),
    { id: "sum", op: "add", inputs: ["second", "side"], projection: { norm: false } },
    { id: "pool", op: "global-pool", inputs: ["sum"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [{
    id: "s",
    blocks: [
      { id: "b0", nodes: ["first"], output: "first" },
      { id: "b1", nodes: ["second", "sum"], output: "sum" },
    ],
  }],
  output: "classifier",
};

const convolutions: CostModel = {
  name: "convolutions",
  unit: "convolutions",
  cost: ({ node }) => node.op === "conv" ? 1 : 0,
};

Deno.test("costFunction() counts no more what only a removed block needed", () => {
  const effect = { kind: "exit", stage: "s" } as const;
  const decisions = [{ id: "s", space: "depth", candidates: [1, 2], effect }];
  const cost = costFunction(side, { decisions, model: convolutions });
  assertEquals(cost({ s: 2 }), 3);
  assertEquals(cost({ s: 1 }), 1);
});

Deno.test("costFunction() counts a projection where as many but other channels are kept", () => {
  const decisions = ["second", "side"].map((id): Decision => ({
    id,
    space: "width",
    candidates: [2, 4],
    effect: { kind: "channels", nodes: [id] },
  }));
  const ranking = { second: [0, 1, 2, 3], side: [3, 1, 0, 2] };
  const cost = costFunction(side, { decisions, model: convolutions, ranking });
  assertEquals(cost({ second: 2, side: 2 }), 4);
  assertEquals(cost({ second: 4, side: 4 }), 3);
});

Deno.test("costFunction() refuses choices that do not fit", () => {
  const [blueprint] = fc.sample(arbitraryBlueprint, { numRuns: 1, seed: 1 });
  const decisions = allDecisions(blueprint!, "project");
  const cost = costFunction(blueprint!, { decisions, model });
  const error = assertThrows(() => cost({}), EspalierError, "has none");
  assertEquals(error.code, "ERR_ARCHITECTURE_INVALID");
});
