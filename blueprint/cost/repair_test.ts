import { type Decision, EspalierError } from "@espalier/core";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { repair } from "./repair.ts";
import { chainCost, enumerate, toyDecisions, toyZone } from "./toy_space_test.ts";

const cost = chainCost;
const decisions = toyDecisions([1, 2, 4], [1, 2, 4]);

/** The cost is a sum, so that every change's effect can be worked out by hand. */
const sum = (choices: Readonly<Record<string, number>>) =>
  Object.values(choices).reduce((total, value) => total + value, 0);

Deno.test("repair() leaves choices inside the zone alone", () => {
  const choices = { a: 2, b: 2 };
  const repaired = repair({ choices, decisions, cost: sum, zone: toyZone(4, 5) });
  assertEquals(repaired, { choices, cost: 4, changed: false });
});

Deno.test("repair() gives up the least log-probability per unit of cost", () => {
  // From 8 to at most 5: a 4 → 2 gains 2 at log 2 = 0.69, 0.35 a unit; a 4 → 1 gains 3 at log 5 =
  // 1.61, 0.54 a unit; b 4 → 1 gains 3 at log 2 = 0.69, 0.23 a unit: the cheapest.
  const repaired = repair({
    choices: { a: 4, b: 4 },
    decisions,
    cost: sum,
    zone: toyZone(4, 5),
    probabilities: { a: [0.1, 0.25, 0.5], b: [0.25, 0.1, 0.5] },
  });
  assertEquals(repaired, { choices: { a: 4, b: 1 }, cost: 5, changed: true });
});

Deno.test("repair() takes the gentlest change where all are equally probable", () => {
  const repaired = repair({ choices: { a: 4, b: 4 }, decisions, cost: sum, zone: toyZone(4, 6) });
  assertEquals(repaired.choices, { a: 2, b: 4 });
});

Deno.test("repair() counts no more than the way to the zone", () => {
  // Both changes end in the zone; what lies beyond its edge is no gain.
  const wide = toyDecisions([1, 7, 8]);
  const probabilities = { a: [0.2, 0.3, 0.5] };
  const zone = toyZone(1, 7);
  const repaired = repair({ choices: { a: 8 }, decisions: wide, cost: sum, zone, probabilities });
  assertEquals(repaired.choices, { a: 7 });
});

Deno.test("repair() crosses over where no single change nears the zone", () => {
  // Equal widths cost 8 and 4, unequal ones 9: from 1 and 1 the way to 4 and 4 leads through a 9.
  const repaired = repair({
    choices: { a: 1, b: 1 },
    decisions: toyDecisions([1, 4], [1, 4]),
    cost: ({ a, b }) => a !== b ? 9 : a === 4 ? 4 : 8,
    zone: toyZone(3, 5),
  });
  assertEquals(repaired, { choices: { a: 4, b: 4 }, cost: 4, changed: true });
});

Deno.test("repair() says when the zone is empty, and what came nearest", () => {
  const error = assertThrows(
    () => repair({ choices: { a: 4, b: 4 }, decisions, cost: sum, zone: toyZone(6.5, 7.5) }),
    EspalierError,
  );
  assertEquals(error.code, "ERR_BUDGET_ZONE_EMPTY");
  assertStringIncludes(error.message, "6.5 to 7.5 points");
  assertThrows(
    () => repair({ choices: {}, decisions: [], cost: () => 9, zone: toyZone(1, 2) }),
    EspalierError,
  );
});

const spaces = fc.array(
  fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 })
    .map((values) => values.toSorted((a, b) => a - b)),
  { minLength: 1, maxLength: 4 },
).map((candidates): readonly Decision[] => toyDecisions(...candidates));

Deno.test("repair() finds the zone wherever it is not empty, and the same choices every time", () => {
  fc.assert(
    fc.property(
      spaces,
      fc.nat({ max: 300 }),
      fc.nat({ max: 8 }),
      fc.nat({ max: 255 }),
      (space, low, size, start) => {
        const all = enumerate(space);
        const zone = toyZone(low, low + size, cost(all.at(-1)!));
        const choices = all[start % all.length]!;
        const isEmpty = !all.some((each) => cost(each) >= low && cost(each) <= low + size);
        const attempt = () => repair({ choices, decisions: space, zone, cost });
        if (isEmpty) {
          assertEquals(assertThrows(attempt, EspalierError).code, "ERR_BUDGET_ZONE_EMPTY");
          return;
        }
        const repaired = attempt();
        assertEquals(repaired.cost, cost(repaired.choices));
        assert(repaired.cost >= low && repaired.cost <= low + size);
        assertEquals(attempt(), repaired);
      },
    ),
    { numRuns: 60 },
  );
});
