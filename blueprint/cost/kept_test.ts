import type { Decision } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { keptOf } from "./kept.ts";

const width: Decision = {
  id: "conv",
  space: "width",
  candidates: [1, 2, 4],
  effect: { kind: "channels", nodes: ["conv", "shortcut"] },
};
const depth: Decision = {
  id: "stage",
  space: "depth",
  candidates: [1, 2],
  effect: { kind: "exit", stage: "stage" },
};

Deno.test("keptOf() gives every node of a decision its most important channels, ascending", () => {
  const ranking = { conv: [3, 0, 2, 1] };
  const options = { decisions: [width, depth], ranking };
  assertEquals(keptOf({ conv: 2, stage: 1 }, options), { conv: [0, 3], shortcut: [0, 3] });
  assertEquals(keptOf({ conv: 4, stage: 2 }, options).conv, [0, 1, 2, 3]);
  assertEquals(ranking, { conv: [3, 0, 2, 1] });
});

Deno.test("keptOf() leaves out decisions without a ranking", () => {
  assertEquals(keptOf({ conv: 2, stage: 1 }, { decisions: [width, depth], ranking: {} }), {});
});
