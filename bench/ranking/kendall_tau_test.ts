import { assertAlmostEquals, assertEquals } from "@std/assert";
import { kendallTau } from "./kendall_tau.ts";

Deno.test("kendallTau() counts pairs in equal and in opposite order", () => {
  assertEquals(kendallTau([1, 2, 3], [10, 20, 30]), 1);
  assertEquals(kendallTau([1, 2, 3], [3, 2, 1]), -1);
  // Of six pairs five agree.
  assertAlmostEquals(kendallTau([1, 2, 3, 4], [1, 2, 4, 3]), 4 / 6, 1e-12);
});

Deno.test("kendallTau() leaves ties out of both counts", () => {
  // Pairs: (1, 2) and (1, 3) agree, (2, 3) is a tie of the first: 2 / √(2 · 3).
  assertAlmostEquals(kendallTau([1, 2, 2], [1, 2, 3]), 2 / Math.sqrt(6), 1e-12);
  assertEquals(kendallTau([1, 1], [1, 2]), NaN);
});
