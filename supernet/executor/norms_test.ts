import { assertAlmostEquals, assertEquals } from "@std/assert";
import { firstEntries, spreadEntries } from "./kernel_part.ts";
import { mixedNorm, narrowSums, plainNorm, widenMap } from "./norms.ts";

const single = (...values: number[]) => Float32Array.from(values);
const double = (...values: number[]) => Float64Array.from(values);

function assertEach(actual: ArrayLike<number>, ...expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-6));
}

Deno.test("widenMap() puts zero channels behind a map", () => {
  const full = { matrix: single(1, 2, 3, 4, 5, 6), diagonal: false, bias: single(7, 8) };
  assertEquals(widenMap(full, 4), {
    matrix: single(1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0),
    diagonal: false,
    bias: single(7, 8, 0, 0),
  });
  assertEquals(widenMap(full, 2), full);
});

Deno.test("narrowSums() takes the sums of a narrower map out of those of the wider", () => {
  const wide = { matrix: double(1, 2, 3, 4, 5, 6), bias: double(7, 8, 9) };
  assertEquals(narrowSums(wide, 2), {
    matrix: double(1, 2, 4, 5),
    bias: double(7, 8),
  });
  assertEquals(narrowSums(wide, 3), wide);
});

Deno.test("firstEntries() and spreadEntries() cut a kernel's first channels and put them back", () => {
  const place = { positions: 2, whole: [2, 3], part: [1, 2] } as const;
  const kernel = single(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16);
  const part = firstEntries(kernel, place);
  assertEquals(part, single(1, 2, 11, 12));
  assertEquals(spreadEntries(part, place), single(1, 2, 0, 0, 0, 0, 11, 12, 0, 0, 0, 0));
});

// o = (1, 3, 8) has mean 4 and variance 26/3; with ε = 1/3 the deviation is 3.
const moments = { mean: double(4), variance: double(26 / 3) }, epsilon = 1 / 3;

Deno.test("plainNorm() is a map, and goes back by two sums", () => {
  const { map, back } = plainNorm(moments, { gamma: single(6), beta: single(1), epsilon });
  assertEquals(map.diagonal, true);
  assertEach(map.matrix, 2);
  assertEach(map.bias, 1 - 8);
  // d = (1, 0, 2): sum 3, and 1·1 + 3·0 + 8·2 = 17 with o.
  const { map: way, gradients } = back({ sums: [3], product: [17], count: 3 });
  // dγ = (17 − 3·4)/3; do = γ/3·(d − mean(d) − x̂·mean(d∘x̂)) with x̂ = (o − 4)/3.
  const dGamma = 5 / 3;
  const dO = [1, 3, 8].map((o, i) => 2 * ([1, 0, 2][i]! - 1 - (o - 4) / 3 * dGamma / 3));
  [1, 3, 8].forEach((o, i) => {
    const found = [1, 0, 2][i]! * way.matrix[0]! + o * way.scale![0]! + way.bias[0]!;
    assertAlmostEquals(found, dO[i]!, 1e-6);
  });
  const [{ gamma, beta }] = gradients() as [ReturnType<typeof gradients>[0]];
  assertEach(gamma, dGamma);
  assertEach(beta, 3);
});

Deno.test("mixedNorm() of one candidate is the plain norm, times its weight", () => {
  const candidate = { channels: 1, matrix: single(1), gamma: single(6), beta: single(1) };
  const { map, back } = mixedNorm(moments, {
    parts: [{ candidates: [{ ...candidate, weight: 0.5 }], channels: 1, epsilon }],
    channels: 1,
  });
  assertEquals(map.diagonal, false);
  assertEach(map.matrix, 1);
  assertEach(map.bias, (1 - 8) / 2);
  const { map: way, gradients } = back({ sums: [3], product: [17], count: 3 });
  assertEach(way.matrix, 1);
  const [{ gamma, beta, weight }] = gradients() as [ReturnType<typeof gradients>[0]];
  assertEach(gamma, 0.5 * 5 / 3);
  assertEach(beta, 0.5 * 3);
  // γ·dγ + β·dβ of the plain norm.
  assertAlmostEquals(weight, 6 * 5 / 3 + 3, 1e-6);
});
