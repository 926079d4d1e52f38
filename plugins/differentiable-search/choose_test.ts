import fc from "fast-check";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { discrepancy, mostProbable, nearestToMean } from "./choose.ts";
import { DECISIONS } from "./testing.ts";

const PROBABILITIES = { stage0: [0.2, 0.2, 0.6], wide: [0.25, 0.25, 0.25, 0.25], thin: [0.1, 0.9] };

Deno.test("mostProbable() gives candidate values, ties go to the smallest", () => {
  assertEquals(mostProbable(DECISIONS, PROBABILITIES), { stage0: 3, wide: 2, thin: 5 });
});

Deno.test("nearestToMean() gives candidate values, ties go to the smaller", () => {
  // Means 2.4, 5 (between 4 and 6) and 4.8.
  assertEquals(nearestToMean(DECISIONS, PROBABILITIES), { stage0: 2, wide: 4, thin: 5 });
});

Deno.test("nearestToMean() is the most probable candidate of what is decided", () => {
  fc.assert(
    fc.property(fc.gen(), (gen) => {
      const decided = Object.fromEntries(DECISIONS.map(({ id, candidates }) => {
        const at = gen(() => fc.nat(candidates.length - 1));
        return [id, candidates.map((_, i) => i === at ? 0.99 : 0.01 / (candidates.length - 1))];
      }));
      assertEquals(nearestToMean(DECISIONS, decided), mostProbable(DECISIONS, decided));
    }),
  );
});

Deno.test("discrepancy() is the mean gap between the two highest probabilities", () => {
  assertAlmostEquals(discrepancy(PROBABILITIES), (0.4 + 0 + 0.8) / 3, 1e-12);
  assertEquals(discrepancy({ only: [1] }), 1);
});
