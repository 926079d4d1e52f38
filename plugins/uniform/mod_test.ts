import { conv } from "@espalier/blueprint";
import {
  type Blueprint,
  type Decision,
  openServices,
  type SearchContext,
  type SearchProgress,
  SearchStrategyToken,
} from "@espalier/core";
import { pluginConformance } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { uniform } from "./mod.ts";

for (const { name, fn } of pluginConformance({ factory: uniform, invalid: [{ ratio: 0.5 }] })) {
  Deno.test(name, fn);
}

const decision: Decision = {
  id: "stem",
  space: "width-search",
  candidates: [4, 8, 12, 16],
  effect: { kind: "channels", nodes: ["stem"] },
};

Deno.test("uniform() provides a strategy that needs no teacher and reports its cost", async () => {
  await using services = openServices([uniform()]);
  const strategy = services.get(SearchStrategyToken);
  assertEquals(strategy.needs, undefined);
  const reports: SearchProgress[] = [];
  const context: Partial<SearchContext> = {
    decisions: [decision],
    budget: {
      ...{ cost: "channels", unit: "channels", unpruned: 16, smallest: 4 },
      ...{ target: 11, low: 10, high: 12 },
    },
    cost: ({ stem }) => stem!,
    progress: (report) => {
      reports.push(report);
      return Promise.resolve();
    },
  };
  assertEquals(await strategy.search(context as SearchContext), { choices: { stem: 12 } });
  assertEquals(reports, [{ epoch: 0, epochs: 1, images: 0, cost: 12 }]);
});

Deno.test("uniform() keeps the most important channels of a trained network", async () => {
  const blueprint: Blueprint = {
    name: "plain",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [2, 2, 1] },
      conv({ id: "stem", input: "images", channels: 4, kernel: 1 }),
      { id: "pool", op: "global-pool", inputs: ["stem"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: false },
    ],
    stages: [],
    output: "classifier",
  };
  const weights = {
    "stem/kernel": { shape: [1, 1, 1, 4], values: Float32Array.of(1, -4, 2, 3) },
    "classifier/kernel": { shape: [4, 2], values: new Float32Array(8) },
  };
  await using services = openServices([uniform()]);
  const costed: unknown[] = [];
  const context: Partial<SearchContext> = {
    decisions: [{ ...decision, candidates: [2, 4] }],
    teacher: { blueprint, weights },
    budget: {
      ...{ cost: "channels", unit: "channels", unpruned: 4, smallest: 2 },
      ...{ target: 2, low: 1, high: 3 },
    },
    cost: ({ stem }, options) => {
      costed.push(options?.ranking);
      return stem!;
    },
    progress: () => Promise.resolve(),
  };
  const found = await services.get(SearchStrategyToken).search(context as SearchContext);
  const ranking = { stem: [1, 3, 2, 0] };
  assertEquals(found, { choices: { stem: 2 }, ranking });
  assertEquals(costed.every((used) => JSON.stringify(used) === JSON.stringify(ranking)), true);
});
