import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatBytes, formatCount, formatDuration, formatShare, plainText } from "./format.ts";

Deno.test("formatCount() gives four digits and a step", () => {
  assertEquals(
    [7, 9876, 12.5, 0.5, 78042, 272474, 22_444_352, 999_960, 4_089_190_000].map(formatCount),
    ["7", "9876", "12.50", "0.500", "78.04 k", "272.5 k", "22.44 M", "1.000 M", "4.089 G"],
  );
});

Deno.test("formatBytes() gives three digits and a unit", () => {
  assertEquals(
    [12, 999.9, 1049, 321_000, 1_049_000].map(formatBytes),
    ["12 B", "1.00 kB", "1.05 kB", "321 kB", "1.05 MB"],
  );
});

Deno.test("formatDuration() goes from tenths of a second to hours", () => {
  assertEquals(
    [40, 9940, 9960, 59_600, 185_000, 7_800_000].map(formatDuration),
    ["0.0 s", "9.9 s", "10 s", "1 min 00 s", "3 min 05 s", "2 h 10 min"],
  );
});

Deno.test("formatShare() gives a percentage", () => {
  assertEquals([formatShare(0.5499), formatShare(1, 0), formatShare(0.71234, 2)], [
    "55.0 %",
    "100 %",
    "71.23 %",
  ]);
});

Deno.test("plainText() drops control characters and nothing else", () => {
  assertEquals(plainText("\x1b[31mred\r\n\x9b2J\x7fö – 網"), " [31mred 2J ö – 網");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const plain = plainText(text);
    assertEquals(/\p{Cc}/u.test(plain), false);
    const visible = (all: string) => [...all].filter((c) => !/[\p{Cc} ]/u.test(c)).join("");
    assertEquals(visible(plain), visible(text));
  }));
});
