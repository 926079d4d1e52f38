import type { EspalierError } from "@espalier/core";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkZone } from "./check_zone.ts";

const ID = ["a", "b", "c"] as const;

Deno.test("checkZone() takes a zone if and only if some architecture costs what lies in it", () => {
  const candidates = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 });
  const space = fc.array(candidates, { minLength: 1, maxLength: 3 });
  const numbers = fc.record({
    space,
    prices: fc.tuple(...ID.map(() => fc.integer({ min: 1, max: 9 }))),
    middle: fc.double({ min: 0.1, max: 1, noNaN: true }),
    half: fc.constantFrom(1e-9, 0.01, 0.1, 0.3),
  });
  fc.assert(
    fc.property(numbers, ({ space, prices, middle, half }) => {
      const decisions = space.map((candidates, i) => ({
        id: ID[i]!,
        space: "s",
        candidates: candidates.sort((x, y) => x - y),
        effect: { kind: "channels", nodes: [ID[i]!] } as const,
      }));
      const cost = (choices: Readonly<Record<string, number>>) =>
        decisions.reduce((sum, { id }, i) => sum + prices[i]! * choices[id]!, 0);
      // Every architecture, one decision after the other.
      const all = decisions.reduce<Readonly<Record<string, number>>[]>(
        (found, { id, candidates }) =>
          found.flatMap((choices) => candidates.map((value) => ({ ...choices, [id]: value }))),
        [{}],
      );
      const costs = all.map(cost);
      const unpruned = Math.max(...costs);
      const [target, smallest] = [middle * unpruned, Math.min(...costs)];
      const [low, high] = [target * (1 - half), target * (1 + half)];
      const zone = { cost: "c", unit: "u", target, low, high, unpruned, smallest };
      let taken = true;
      try {
        checkZone(zone, { decisions, cost });
      } catch (error) {
        taken = false;
        assertEquals((error as EspalierError).code, "ERR_BUDGET_ZONE_EMPTY");
      }
      assertEquals(taken, costs.some((value) => low <= value && value <= high));
    }),
    { numRuns: 60 },
  );
});
