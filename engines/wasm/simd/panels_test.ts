import { assertEquals } from "@std/assert";
import { packPanels, panelsOf } from "./panels.ts";

Deno.test("panelsOf() covers the channels by pairs and at most one odd panel", () => {
  const widths = (channels: number) => panelsOf(channels).map(({ vectors }) => vectors);
  assertEquals(widths(3), [1]);
  assertEquals(widths(8), [2]);
  assertEquals(widths(9), [3]);
  assertEquals(widths(16), [2, 2]);
  assertEquals(widths(19), [2, 3]);
  assertEquals(panelsOf(19)[1], { first: 8, vectors: 3, channels: 11 });
});

Deno.test("packPanels() fills the last vector with zeros and follows the slabs", () => {
  const to = new Float32Array(16).fill(9);
  const matrix = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  packPanels(to, matrix, {
    slabs: [4, 0],
    depth: 2,
    depthStride: 2,
    channels: 2,
    channelStride: 1,
  });
  assertEquals([...to], [5, 6, 0, 0, 7, 8, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0]);
  packPanels(to, matrix, {
    slabs: [4, 0],
    depth: 2,
    depthStride: 1,
    channels: 2,
    channelStride: 2,
  });
  assertEquals([...to], [5, 7, 0, 0, 6, 8, 0, 0, 1, 3, 0, 0, 2, 4, 0, 0]);
});
