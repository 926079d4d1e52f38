import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { blockOf, matrixPanels, paddedBytes, planesOf } from "./planes.ts";

Deno.test("blockOf() takes whole rows and fills groups of equal size", () => {
  // 3 rows of 4 tiles are two groups of 6; 4 rows would need a third one
  assertEquals(blockOf(4, { wanted: 16, most: 6 }), { rows: 3, group: 6, tiles: 12 });
  assertEquals(blockOf(16, { wanted: 32, most: 16 }), { rows: 2, group: 16, tiles: 32 });
  // a row is longer than wanted
  assertEquals(blockOf(50, { wanted: 16, most: 14 }), { rows: 1, group: 13, tiles: 52 });
});

Deno.test("blockOf() has room for its tiles, in groups that are not too large", () => {
  const size = fc.integer({ min: 1, max: 200 });
  fc.assert(fc.property(size, size, size, (columns, wanted, most) => {
    const { rows, group, tiles } = blockOf(columns, { wanted, most });
    assert(rows >= 1 && rows * columns <= Math.max(wanted, columns));
    assert(group <= most && tiles % group === 0);
    assert(tiles >= rows * columns && tiles - group < rows * columns);
  }));
});

Deno.test("planesOf() pads tiles to vectors, and planes to an odd number of lines", () => {
  assertEquals([1, 8, 9, 16, 17].map(paddedBytes), [32, 32, 64, 64, 128]);
  assertEquals(planesOf(16, 32), { tile: 64, plane: 33 * 64 });
  assertEquals(planesOf(3, 9), { tile: 32, plane: 5 * 64 });
});

Deno.test("matrixPanels() lie one behind the other", () => {
  assertEquals(matrixPanels(3, 100), [
    { first: 0, channels: 64, start: 0, row: 256, plane: 768 },
    { first: 64, channels: 36, start: 16 * 768, row: 192, plane: 576 },
  ]);
});
