import { createRandom } from "@espalier/core";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { drawByClass } from "./draw_by_class.ts";

const stream = (seed: number) => createRandom(seed).stream("draw");

Deno.test("drawByClass() gives every class its share, in whatever order the images come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 90 }),
      fc.nat(99),
      (labels, count, seed) => {
        const indices = Int32Array.from(labels, (_, i) => i);
        const drawn = drawByClass(labels, { indices, count, random: stream(seed) });
        assertEquals(drawn.length, Math.min(count, labels.length));
        assertEquals(new Set(drawn).size, drawn.length);
        for (const label of new Set(labels)) {
          const have = labels.filter((other) => other === label).length;
          const share = drawn.length * have / labels.length;
          const got = [...drawn].filter((i) => labels[i] === label).length;
          assert(Math.abs(got - share) < 3, `${got} instead of ${share}`);
        }
      },
    ),
  );
});

Deno.test("drawByClass() draws alike by one seed, and otherwise by another", () => {
  const labels = Array.from({ length: 60 }, (_, i) => Math.floor(i / 30));
  const indices = Int32Array.from(labels, (_, i) => i);
  const draw = (seed: number) => drawByClass(labels, { indices, count: 10, random: stream(seed) });
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});
