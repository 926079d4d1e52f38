import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { groupImportance, type Normalization, rankChannels, type Reduction } from "./mod.ts";

Deno.test("groupImportance() reduces over the members, channel by channel", () => {
  const members = [[1, 4, 3], [3, 0, 2]];
  const by = (reduction: Reduction) =>
    groupImportance(members, { reduction, normalization: "none" });
  assertEquals(by("sum"), [4, 4, 5]);
  assertEquals(by("mean"), [2, 2, 2.5]);
  assertEquals(by("max"), [3, 4, 3]);
  assertEquals(by("product"), [3, 0, 6]);
  assertEquals(by("first"), [1, 4, 3]);
});

Deno.test("groupImportance() divides by a number of the group", () => {
  const by = (normalization: Normalization) =>
    groupImportance([[3, 0, 4, 1]], { reduction: "sum", normalization });
  assertEquals(by("none"), [3, 0, 4, 1]);
  assertEquals(by("mean"), [1.5, 0, 2, 0.5]);
  assertEquals(by("max"), [0.75, 0, 1, 0.25]);
  assertEquals(by("sum"), [0.375, 0, 0.5, 0.125]);
  assertAlmostEquals(by("l2")[2]!, 4 / Math.sqrt(26), 1e-12);
});

Deno.test("groupImportance() treats channels alike where all scores are zero", () => {
  for (const normalization of ["mean", "max", "sum", "l2"] as const) {
    assertEquals(groupImportance([[0, 0]], { reduction: "sum", normalization }), [1, 1]);
  }
});

Deno.test("groupImportance() forgets the scale of a group, unless it is told not to divide", () => {
  const scores = fc.array(fc.double({ min: 0.125, max: 2, noNaN: true }), { minLength: 1 });
  const scale = fc.constantFrom(0.25, 2, 16);
  fc.assert(fc.property(scores, scale, (scores, scale) => {
    for (const normalization of ["mean", "max", "sum", "l2"] as const) {
      const of = (factor: number) =>
        groupImportance([scores.map((score) => score * factor)], {
          ...{ reduction: "sum", normalization },
        });
      assertEquals(of(scale), of(1));
    }
  }));
});

Deno.test("rankChannels() puts the most important first, ties by the lower number", () => {
  assertEquals(rankChannels([0.5, 2, 0.5, 1]), [1, 3, 0, 2]);
  fc.assert(fc.property(fc.array(fc.double({ noNaN: true })), (importance) => {
    const order = rankChannels(importance);
    assert(order.every((c, i) => i === 0 || importance[order[i - 1]!]! >= importance[c]!));
  }));
});
