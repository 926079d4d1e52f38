import {
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
