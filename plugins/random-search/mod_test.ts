import { assertEquals } from "@std/assert";
import { openServices, type SearchContext, SearchStrategyToken } from "@espalier/core";
import { randomSearch } from "./mod.ts";

Deno.test("randomSearch() provides a strategy that needs a teacher", async () => {
  await using services = openServices([randomSearch({ candidates: 3 })]);
  const strategy = services.get(SearchStrategyToken);
  assertEquals(strategy.needs, ["teacher"]);
  const context: Partial<SearchContext> = {
    uniform: ({ index }) => ({ conv: index }),
    score: ({ conv }) => Promise.resolve(-Math.abs(conv! - 1)),
    cost: () => 0,
    progress: () => Promise.resolve(),
  };
  assertEquals(await strategy.search(context as SearchContext), { choices: { conv: 1 } });
});
