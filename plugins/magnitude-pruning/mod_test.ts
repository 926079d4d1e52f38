import { conv } from "@espalier/blueprint";
import {
  type Blueprint,
  type Decision,
  EspalierError,
  openServices,
  type SearchContext,
  type SearchProgress,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import { pluginConformance } from "@espalier/testing";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { magnitudePruning } from "./mod.ts";

const checks = pluginConformance({ factory: magnitudePruning, invalid: [{ norm: "l1" }] });
for (const { name, fn } of checks) Deno.test(name, fn);

/** Two convolutions that meet in a sum. */
const blueprint: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 1] },
    conv({ id: "stem", input: "images", channels: 4, kernel: 1 }),
    conv({ id: "block", input: "stem", channels: 4, kernel: 1 }),
    { id: "add", op: "add", inputs: ["block", "stem"], projection: { norm: false } },
    { id: "pool", op: "global-pool", inputs: ["add"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

function decide(id: string, nodes: readonly string[]): Decision {
  return {
    id,
    space: "width-search",
    candidates: [1, 2, 3, 4],
    effect: { kind: "channels", nodes },
  };
}

const TEACHER = {
  blueprint,
  weights: {
    "stem/kernel": { shape: [1, 1, 1, 4], values: Float32Array.of(1, -5, 3, 0) },
    "block/kernel": { shape: [1, 1, 4, 4], values: new Float32Array(16) },
  },
};

function contextOf(decisions: readonly Decision[], changes: Partial<SearchContext> = {}) {
  const reports: SearchProgress[] = [];
  const context: Partial<SearchContext> = {
    blueprint,
    decisions,
    budget: {
      ...{ cost: "macs", unit: "multiply-adds", unpruned: 16, smallest: 1 },
      ...{ target: 4, low: 3.8, high: 4.2 },
    },
    teacher: TEACHER,
    cost: (choices) => choices[decisions[0]!.id]! ** 2,
    progress: (report) => {
      reports.push(report);
      return Promise.resolve();
    },
    ...changes,
  };
  return { context: context as SearchContext, reports };
}

function strategyOf(): SearchStrategy {
  return openServices([magnitudePruning()]).get(SearchStrategyToken);
}

Deno.test("magnitudePruning() chooses widths and which channels are kept", async () => {
  const { context, reports } = contextOf([decide("stem", ["stem", "block"])]);
  const strategy = strategyOf();
  assertEquals(strategy.needs, ["teacher"]);
  assertEquals(await strategy.search(context), {
    choices: { stem: 2 },
    ranking: { stem: [1, 2, 0, 3] },
  });
  assertEquals(reports, [{ epoch: 0, epochs: 1, images: 0, cost: 4 }]);
});

Deno.test("magnitudePruning() refuses residual sums whose sides are decided apart", () => {
  for (
    const decisions of [
      [decide("stem", ["stem"]), decide("block", ["block"])],
      [decide("stem", ["stem"])],
    ]
  ) {
    const error = assertThrows(
      () => strategyOf().check!(blueprint, decisions),
      EspalierError,
      `residual: "tie"`,
    );
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }
});

Deno.test("magnitudePruning() refuses an untrained network", async () => {
  const { context } = contextOf([decide("stem", ["stem", "block"])]);
  const { teacher: _, ...untrained } = context;
  await assertRejects(() => strategyOf().search(untrained), EspalierError, "no teacher");
});
