import { assertAlmostEquals, assertEquals } from "@std/assert";
import { discrepancy, mostProbable } from "./most_probable.ts";
import { DECISIONS } from "./testing.ts";

const PROBABILITIES = { stage0: [0.2, 0.2, 0.6], wide: [0.25, 0.25, 0.25, 0.25], thin: [0.1, 0.9] };

Deno.test("mostProbable() gives candidate values, ties go to the smallest", () => {
  assertEquals(mostProbable(DECISIONS, PROBABILITIES), { stage0: 3, wide: 2, thin: 5 });
});

Deno.test("discrepancy() is the mean gap between the two highest probabilities", () => {
  assertAlmostEquals(discrepancy(PROBABILITIES), (0.4 + 0 + 0.8) / 3, 1e-12);
  assertEquals(discrepancy({ only: [1] }), 1);
});
