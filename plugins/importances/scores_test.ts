import { assertAlmostEquals, assertEquals } from "@std/assert";
import { activationMeans, l1Norms, l2Norms, medianDistances, taylorScores } from "./mod.ts";

const rows = (...rows: readonly (readonly number[])[]) => rows.map((row) => Float32Array.from(row));

Deno.test("l1Norms() and l2Norms() are the norms of rows", () => {
  const weights = rows([3, -4], [0, 0], [-1, 0]);
  assertEquals(l1Norms(weights), [7, 0, 1]);
  assertEquals(l2Norms(weights), [5, 0, 1]);
});

Deno.test("medianDistances() is small where other filters can stand for one", () => {
  // Distances: 0–1 is 5, 0–2 is 10, 1–2 is 5.
  assertEquals(medianDistances(rows([0, 0], [3, 4], [6, 8])), [15, 10, 15]);
});

Deno.test("taylorScores() is the square of the sum of gradient times weight", () => {
  // 2 · 3 − 1 · 4 = 2; 1 · 1 + 1 · (−1) = 0.
  assertEquals(taylorScores(rows([3, 4], [1, -1]), rows([2, -1], [1, 1])), [4, 0]);
});

Deno.test("taylorScores() is to first order what the loss loses without a channel", () => {
  // L(w) = (a · w − y)², one channel of two weights: L(0) − L(w) = −g · w + (a · w)².
  const [a, w, y] = [[0.3, -0.2], [0.01, 0.02], 5];
  const dot = (x: readonly number[], z: readonly number[]) => x[0]! * z[0]! + x[1]! * z[1]!;
  const loss = (w: readonly number[]) => (dot(a, w) - y) ** 2;
  const g = a.map((entry) => 2 * (dot(a, w) - y) * entry);
  const [score] = taylorScores(rows(w), rows(g));
  assertAlmostEquals(Math.sqrt(score!), Math.abs(loss([0, 0]) - loss(w)), dot(a, w) ** 2 + 1e-8);
});

Deno.test("activationMeans() is the mean of what is not rectified, too", () => {
  assertEquals(activationMeans(rows([1, 2, 0, 1], [-4, 0, 0, 4])), [1, 2]);
});
