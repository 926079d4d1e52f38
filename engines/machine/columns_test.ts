import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { columnsOf, formOf, panelsOf } from "./columns.ts";
import { tilesOf } from "./gradient_routine.ts";

Deno.test("columnsOf() takes half a vector where that is enough", () => {
  assertEquals(columnsOf(24), [
    { offset: 0, bytes: 64, channels: 16 },
    { offset: 64, bytes: 32, channels: 8 },
  ]);
  assertEquals(columnsOf(9), [{ offset: 0, bytes: 64, channels: 9 }]);
});

Deno.test("panelsOf() cuts between vectors, at most four in a panel", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 600 }), (channels) => {
    let next = 0;
    for (const panel of panelsOf(channels)) {
      assertEquals(panel.first, next);
      assert(panel.first % 16 === 0 && panel.channels > 0 && panel.channels <= 64);
      next += panel.channels;
    }
    assertEquals(next, channels);
  }));
});

Deno.test("formOf() needs a mask only where lanes hold no channel", () => {
  const [first, second] = columnsOf(24);
  assertEquals(formOf(first!, 1), { bytes: 64 });
  assertEquals(formOf(second!, 1), { bytes: 32 });
  assertEquals(formOf(second!, 1, 20), { bytes: 32, mask: 1 });
  assertEquals(formOf(second!, 1, 16), undefined);
});

Deno.test("tilesOf() covers all channels with the registers that there are", () => {
  const shape = fc.record({
    depth: fc.integer({ min: 1, max: 600 }),
    vectors: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(fc.property(shape, ({ depth, vectors }) => {
    const { first, size, count } = tilesOf(depth, vectors);
    assertEquals(first + count * size, depth);
    // Products, sums of d and d itself, zero, and a broadcast or spare register.
    assert(first >= 0 && first * vectors + 2 * vectors + 2 <= 32);
    assert(count === 0 || size * vectors + vectors + 1 <= 32);
  }));
});
