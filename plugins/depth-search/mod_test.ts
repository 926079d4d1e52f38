import { decisionsOf } from "@espalier/blueprint";
import { type Blueprint, openServices, SearchSpaceToken } from "@espalier/core";
import { pluginConformance, searchSpaceConformance, toyNetwork } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { depthDecisions, depthSearch } from "./mod.ts";

const checks = [
  ...pluginConformance({
    factory: depthSearch,
    valid: [{ rule: "proportional" as const }],
    invalid: [{ rule: "even" }],
  }),
  ...searchSpaceConformance({ plugins: () => [depthSearch()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

/** Stages alone matter to the decisions. */
function staged(...depths: readonly number[]): Blueprint {
  const stages = depths.map((count, s) => ({
    id: `stage${s}`,
    blocks: Array.from({ length: count }, (_, b) => ({
      id: `stage${s}/block${b}`,
      nodes: [],
      output: "",
    })),
  }));
  return { name: "staged", nodes: [], stages, output: "" };
}

Deno.test("depthSearch() asks how many blocks a stage keeps", async () => {
  await using services = openServices([depthSearch()]);
  assertEquals(decisionsOf(toyNetwork(), services.getAll(SearchSpaceToken)), [{
    id: "stage1",
    space: "depth-search",
    candidates: [1, 2],
    effect: { kind: "exit", stage: "stage1" },
  }]);
});

Deno.test("depthDecisions() goes by its rule, and leaves stages without a choice alone", () => {
  const candidates = (rule: "odd" | "proportional", ...depths: readonly number[]) =>
    depthDecisions(staged(...depths), { rule }).map((decision) => decision.candidates);
  assertEquals(candidates("odd", 1, 2, 5), [[1, 2], [1, 3, 5]]);
  assertEquals(candidates("proportional", 3, 4, 6, 3), [[1, 2, 3], [1, 2, 4], [2, 4, 6], [
    1,
    2,
    3,
  ]]);
  assertEquals(candidates("proportional", 1, 4), []);
  assertEquals(candidates("odd"), []);
});
