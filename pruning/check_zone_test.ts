import { EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
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

const widths = (id: string, candidates: readonly number[]) => ({
  id,
  space: "s",
  candidates,
  effect: { kind: "channels", nodes: [id] } as const,
});

/** Costs a + b; limited: 3 a + b and 3 b + a, unpruned 16 each. */
const LIMITED = {
  decisions: [widths("a", [1, 2, 3, 4]), widths("b", [1, 2, 3, 4])],
  cost: ({ a, b }: Readonly<Record<string, number>>) => a! + b!,
  limited: {
    first: { unit: "f", cost: ({ a, b }: Readonly<Record<string, number>>) => 3 * a! + b! },
    second: { unit: "s", cost: ({ a, b }: Readonly<Record<string, number>>) => 3 * b! + a! },
  },
};

function checkLimits(limits: Readonly<Record<"first" | "second", number>>): void {
  const most = Object.entries(limits) as ["first" | "second", number][];
  const zone = {
    ...{ cost: "c", unit: "u", target: 5, low: 5, high: 5, unpruned: 8, smallest: 2 },
    limits: most.map(([cost, high]) => ({
      ...{ cost, high, unit: LIMITED.limited[cost].unit, unpruned: 16, smallest: 4 },
    })),
  };
  checkZone(zone, {
    ...LIMITED,
    excess: (choices) =>
      most.reduce(
        (sum, [name, high]) => sum + Math.max(0, LIMITED.limited[name].cost(choices) - high) / 16,
        0,
      ),
  });
}

Deno.test("checkZone() takes limits if and only if an architecture of the zone holds them", () => {
  // Inside the zone: 1 + 4, 2 + 3, 3 + 2, 4 + 1; first 7, 9, 11, 13 and second 13, 11, 9, 7.
  const there = [[7, 13], [9, 11], [11, 9], [13, 7]] as const;
  for (let first = 4; first <= 16; first++) {
    for (let second = 4; second <= 16; second++) {
      const isThere = there.some(([f, s]) => f <= first && s <= second);
      if (isThere) checkLimits({ first, second });
      else {
        const error = assertThrows(() => checkLimits({ first, second }), EspalierError);
        assertEquals(error.code, "ERR_BUDGET_UNREACHABLE");
      }
    }
  }
});

Deno.test("checkZone() says how little a limited cost can be in the zone", () => {
  const alone = assertThrows(() => checkLimits({ first: 6, second: 16 }), EspalierError);
  assertStringIncludes(
    alone.message,
    "first 6 f at most, where the smallest found is 7; second 16 s",
  );
  const together = assertThrows(() => checkLimits({ first: 8, second: 8 }), EspalierError);
  assertStringIncludes(
    together.message,
    "first 8 f at most, where it can be held alone; second 8 s at most, where it can be held alone",
  );
});
