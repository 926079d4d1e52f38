import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { holdOut } from "./hold_out.ts";

Deno.test("holdOut() puts each item into one part, a fifth of each class aside", () => {
  fc.assert(fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 120 }), (labels) => {
    const { train, test } = holdOut(labels);
    assertEquals([...train, ...test].sort((a, b) => a - b), labels.map((_, i) => i));
    for (const part of [train, test]) assertEquals(part, part.toSorted());
    for (const label of new Set(labels)) {
      const all = labels.filter((other) => other === label).length;
      const aside = [...test].filter((i) => labels[i] === label).length;
      assertEquals(aside, all < 2 ? 0 : Math.max(1, Math.round(all / 5)));
    }
    assertEquals(holdOut(labels), { train, test });
  }));
});

Deno.test("holdOut() draws at random, not the first or the last", () => {
  const { test } = holdOut(new Uint8Array(1000));
  const mean = test.reduce((sum, i) => sum + i, 0) / test.length;
  // 200 of 0..999 without replacement: mean 499.5, deviation 289 · √(0.8 / 200).
  assert(Math.abs(mean - 499.5) < 4 * 18.3, `mean ${mean}`);
});
