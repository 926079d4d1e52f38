import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { widthCandidates } from "./candidates.ts";
import { widthSearchOptionsSchema } from "./options.ts";

const { ratios } = widthSearchOptionsSchema.parse({});

Deno.test("widthCandidates() gives the paper's candidates", () => {
  assertEquals(widthCandidates(16, ratios), [4, 6, 8, 9, 11, 12, 14, 16]);
  assertEquals(widthCandidates(32, ratios), [9, 12, 16, 19, 22, 25, 28, 32]);
  assertEquals(widthCandidates(64, ratios), [19, 25, 32, 38, 44, 51, 57, 64]);
});

Deno.test("widthCandidates() takes a product that is whole as it is, whatever its binary form", () => {
  assert(0.29 * 100 < 29);
  assertEquals(widthCandidates(100, [0.29, 0.57, 0.58, 1]), [29, 57, 58, 100]);
  for (let channels = 10; channels <= 4000; channels += 10) {
    const exact = [3, 4, 5, 6, 7, 8, 9, 10].map((tenths) => channels / 10 * tenths);
    assertEquals(widthCandidates(channels, ratios), exact);
  }
});

Deno.test("widthCandidates() leaves out repeats and empty layers", () => {
  assertEquals(widthCandidates(3, ratios), [1, 2, 3]);
  assertEquals(widthCandidates(1, ratios), [1]);
  assertEquals(widthCandidates(8, [1, 0.5, 0.01]), [1, 4, 8]);
});

Deno.test("widthCandidates() ascends from at least 1 to all channels", () => {
  const shares = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 9 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), shares, (channels, some) => {
    const candidates = widthCandidates(channels, [...some, 1]);
    assertEquals(candidates.at(-1), channels);
    assert(candidates.every((value, i) => value > (i === 0 ? 0 : candidates[i - 1]!)));
  }));
});

Deno.test("widthCandidates() grows beyond all channels where a ratio is above 1", () => {
  assertEquals(widthCandidates(64, [0.5, 1, 1.1, 1.25]), [32, 64, 70, 80]);
  assertEquals(widthCandidates(3, [1, 1.25]), [3]);
});
