import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fixture from "../../tests/fixtures/tas/schedules.json" with { type: "json" };
import { tauAt } from "./tau.ts";

Deno.test("tauAt() gives the recorded temperatures", () => {
  // The third recorded rule, `linear-open`, is no option: the paper's reaches its end.
  const cases = fixture.tau.filter(({ name }) => name === "cosine" || name === "linear");
  assertEquals(cases.length, 3);
  for (const { name, from, to, epochs, at } of cases) {
    const tau = { from, to, schedule: name as "cosine" | "linear" };
    for (const [epoch, expected] of at as [number, number][]) {
      assertAlmostEquals(tauAt(tau, { epoch, epochs }), expected, 1e-8);
    }
  }
});

Deno.test("tauAt() falls from its start, and linearly to its end, whatever the epochs", () => {
  for (const epochs of [2, 3, 10, 601]) {
    for (const schedule of ["linear", "cosine"] as const) {
      const taus = Array.from(
        { length: epochs },
        (_, epoch) => tauAt({ from: 5, to: 0.1, schedule }, { epoch, epochs }),
      );
      assertEquals(taus[0], 5);
      assert(taus.every((tau, i) => i === 0 || tau < taus[i - 1]!));
      if (schedule === "linear") assertEquals(taus.at(-1), 0.1);
    }
  }
});

Deno.test("tauAt() is the end of the line where one epoch is all", () => {
  assertEquals(tauAt({ from: 5, to: 0.1, schedule: "linear" }, { epoch: 0, epochs: 1 }), 0.1);
});
