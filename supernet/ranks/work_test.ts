import { assertEquals } from "@std/assert";
import { TINY } from "../testing.ts";
import { workBetweenSums } from "./work.ts";

Deno.test("workBetweenSums() is the mean of the convolutions' and the classifier's multiply-adds", () => {
  // 6×5 positions: 3→6, then twice 6→5→6, all 3×3; 3×3 positions: 6→4; then 36→3; five norms
  const expected = 30 * 9 * (18 + 2 * (30 + 30)) + 9 * 9 * 24 + 36 * 3;
  assertEquals(workBetweenSums(TINY, { training: true }), expected / 5);
  assertEquals(workBetweenSums(TINY, { training: false }), expected);
});
