import {
  NO_CHECKPOINT,
  openServices,
  type SearchContext,
  SearchStrategyToken,
} from "@espalier/core";
import { pluginConformance } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { randomSearch } from "./mod.ts";

const checks = pluginConformance({
  factory: randomSearch,
  options: { candidates: 3 },
  invalid: [{ candidates: 0 }, { candidates: 1.5 }],
});
for (const { name, fn } of checks) Deno.test(name, fn);

Deno.test("randomSearch() provides a strategy that needs a teacher", async () => {
  await using services = openServices([randomSearch({ candidates: 3 })]);
  const strategy = services.get(SearchStrategyToken);
  assertEquals(strategy.needs, ["teacher"]);
  const context: Partial<SearchContext> = {
    checkpoint: NO_CHECKPOINT,
    uniform: ({ index }) => ({ conv: index }),
    score: ({ conv }) =>
      Promise.resolve({ score: -Math.abs(conv! - 1), loss: 0, metrics: {}, images: 5 }),
    cost: () => 0,
    progress: () => Promise.resolve(),
  };
  assertEquals(await strategy.search(context as SearchContext), { choices: { conv: 1 } });
});
