import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deviation, leastP, mean, signFlipP, tInterval, tQuantile } from "./statistics.ts";

/** Of scipy 1.17.1: `stats.t.interval`, and `stats.permutation_test` over all samples. */
const SCIPY = [
  {
    values: [0.3, -0.1, 0.5, 0.2, 0.4, 0.1],
    ...{ mean: 0.2333333333333333, deviation: 0.2160246899469287 },
    ...{ low: 0.006629324605546549, high: 0.46003734206112007, p: 0.09375 },
  },
  {
    values: [1.2, 0.7, -0.4],
    ...{ mean: 0.5, deviation: 0.818535277187245 },
    ...{ low: -1.5333543504588447, high: 2.5333543504588447, p: 0.5 },
  },
  {
    values: [0.02, 0, 0.03, -0.01, 0.02, 0.05, 0.04, 0],
    ...{ mean: 0.018750000000000003, deviation: 0.02100170061141308 },
    ...{ low: 0.0011921388990551694, high: 0.03630786110094483, p: 0.0625 },
  },
];

for (const { values, ...scipy } of SCIPY) {
  Deno.test(`statistics of ${values.length} differences are scipy's`, () => {
    const [low, high] = tInterval(values)!;
    assertAlmostEquals(mean(values), scipy.mean, 1e-12);
    assertAlmostEquals(deviation(values), scipy.deviation, 1e-12);
    assertAlmostEquals(low, scipy.low, 1e-12);
    assertAlmostEquals(high, scipy.high, 1e-12);
    assertEquals(signFlipP(values), scipy.p);
  });
}

Deno.test("tQuantile() is scipy's", () => {
  // `stats.t.ppf(0.975, [1, 19, 20, 30, 100])`
  const scipy = { 1: 12.706204736174694, 19: 2.0930240544083087, 20: 2.085963447265864 };
  for (const [freedom, value] of Object.entries({ ...scipy, 30: 2.0422724563012373 })) {
    assertAlmostEquals(tQuantile(Number(freedom)), value, 3e-7);
  }
  assertAlmostEquals(tQuantile(100), 1.983971518523552, 3e-10);
});

Deno.test("signFlipP() of n differences of one sign is the least that n seeds can give", () => {
  for (const n of [1, 2, 6, 30]) assertEquals(signFlipP(new Array(n).fill(0.1)), leastP(n));
  assertEquals([1, 2, 6].map(leastP), [1, 0.5, 1 / 32]);
  assertEquals(signFlipP([0, 0, 0]), 1);
  assertEquals([signFlipP([]), signFlipP(new Array(41).fill(1))], [undefined, undefined]);
});

/** All choices of signs, one after the other. */
function plainSignFlipP(differences: readonly number[]): number {
  const sumOf = (signs: number) =>
    Math.abs(differences.reduce((sum, d, i) => sum + (signs >> i & 1 ? -d : d), 0));
  const all = Array.from({ length: 2 ** differences.length }, (_, signs) => sumOf(signs));
  return all.filter((sum) => sum >= all[0]!).length / all.length;
}

Deno.test("signFlipP() counts the choices of signs", () => {
  // Whole numbers add up exactly in every order.
  const differences = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 9 });
  fc.assert(fc.property(differences, (some) => {
    assertEquals(signFlipP(some), plainSignFlipP(some));
  }));
});
