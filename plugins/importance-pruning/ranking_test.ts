import { conv } from "@espalier/blueprint";
import type { MemberRole } from "@espalier/core";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { comparable, type MemberPlace, rankChannels } from "./mod.ts";

function members(group: string, roles: readonly MemberRole[]): readonly MemberPlace[] {
  const node = conv({ id: group, input: "images", channels: 4, kernel: 3 });
  return roles.map((role) => ({ group, node, role, array: "", axis: 0, channels: [] }));
}

const MEMBERS = new Map([
  ["a", members("a", ["filter", "scale"])],
  ["b", members("b", ["filter"])],
  ["c", members("c", ["filter", "scale"])],
]);
const IMPORTANCES = new Map([["a", [1, 2, 3, 4]], ["b", [10, 30, 20]], ["c", [0, 5]]]);

Deno.test("comparable() takes the shares of less important channels in the group", () => {
  const shares = comparable(IMPORTANCES, { ranking: "layer", members: MEMBERS });
  assertEquals([...shares], [["a", [0, 1 / 4, 2 / 4, 3 / 4]], ["b", [0, 2 / 3, 1 / 3]], [
    "c",
    [0, 1 / 2],
  ]]);
});

Deno.test("comparable() compares groups of one structure", () => {
  // a and c have the same members: their channels in order are 0, 1, 2, 3, 4, 5.
  const shares = comparable(IMPORTANCES, { ranking: "isomorphic", members: MEMBERS });
  assertEquals([...shares], [["a", [1 / 6, 2 / 6, 3 / 6, 4 / 6]], ["b", [0, 2 / 3, 1 / 3]], [
    "c",
    [0, 5 / 6],
  ]]);
});

Deno.test("comparable() leaves importances as they are where all are compared", () => {
  assertEquals(comparable(IMPORTANCES, { ranking: "global", members: MEMBERS }), IMPORTANCES);
});

Deno.test("comparable() keeps the order of a group's channels, ties too", () => {
  const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(scores, scores, scores, (a, b, c) => {
    const importances = new Map([["a", a], ["b", b], ["c", c]]);
    for (const ranking of ["global", "layer", "isomorphic"] as const) {
      const shares = comparable(importances, { ranking, members: MEMBERS });
      for (const [id, scores] of importances) {
        assertEquals(rankChannels(shares.get(id)!), rankChannels(scores));
      }
    }
  }));
});
