/** Statistics of a few seeds. A difference is that of two methods on the same seed. */

/** Quantiles 0.975 of Student's t for 1 to 19 degrees of freedom, by scipy 1.17.1 (`stats.t.ppf`). */
// deno-fmt-ignore
const T_975 = [
  12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934,
  2.5705818356363146, 2.4469118511449786, 2.364624251592784, 2.306004135204166,
  2.262157162798205, 2.228138851986274, 2.200985160091639, 2.1788128296672284,
  2.1603686564627913, 2.144786687917804, 2.131449545559776, 2.1199052992212546,
  2.1098155778333156, 2.1009220402410382, 2.0930240544083087,
];

/** Mean of numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation, of n − 1 degrees of freedom; NaN of fewer than two. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Quantile 0.975 of the normal distribution, and what the expansion below adds to it. */
const Z = 1.959963984540054;
const EXPANSION = [
  (Z ** 3 + Z) / 4,
  (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
  (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
  (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92160,
];

/**
 * Quantile 0.975 of Student's t: of the table, and above 19 degrees of freedom by the expansion of
 * Fisher and Cornish, which is off by less than 3e-7 there.
 *
 * Source: Abramowitz and Stegun (1964), equation 26.7.5.
 *
 * @param freedom Degrees of freedom, 1 or more.
 * @returns The quantile.
 */
export function tQuantile(freedom: number): number {
  const inverse = 1 / freedom;
  return T_975[freedom - 1] ??
    EXPANSION.reduce((sum, term, i) => sum + term * inverse ** (i + 1), Z);
}

/**
 * The interval that holds the true mean with a probability of 95 % (Student 1908).
 *
 * @param values Two or more.
 * @returns Both ends; undefined for fewer.
 */
export function tInterval(
  values: readonly number[],
): readonly [low: number, high: number] | undefined {
  const { length: n } = values;
  if (n < 2) return undefined;
  const half = tQuantile(n - 1) * deviation(values) / Math.sqrt(n);
  return [mean(values) - half, mean(values) + half];
}

/** Sums nearer than this share of their size are equal: additions in another order round apart. */
const EQUAL = 1e-9;

/** Most differences whose signs are tried: lists of 2^20 sums. */
const MOST_DIFFERENCES = 40;

/** Sums of all choices of signs, in ascending order. */
const signedSums = (differences: readonly number[]): Float64Array =>
  Float64Array.from(
    differences.reduce<number[]>((sums, d) => sums.flatMap((sum) => [sum + d, sum - d]), [0]),
  ).sort();

/**
 * Exact two-sided p of a mean of zero (Fisher 1935): the share of all 2^n choices of signs of the
 * differences whose sum is as far from zero as the one found. Both halves of the differences are added
 * up for themselves, and their sums are counted in pairs.
 *
 * @param differences The differences.
 * @returns The p value; undefined for none, or for more than 40.
 */
export function signFlipP(differences: readonly number[]): number | undefined {
  const { length: n } = differences;
  if (n === 0 || n > MOST_DIFFERENCES) return undefined;
  const found = Math.abs(differences.reduce((sum, d) => sum + d, 0)) * (1 - EQUAL);
  if (found === 0) return 1;
  const first = signedSums(differences.slice(0, n >> 1));
  const second = signedSums(differences.slice(n >> 1));
  // By symmetry as many sums lie below −found as above found.
  let above = 0;
  for (let i = 0, j = second.length; i < first.length; i++) {
    while (j > 0 && first[i]! + second[j - 1]! >= found) j--;
    above += second.length - j;
  }
  return 2 * above / 2 ** n;
}

/** The least p that so many differences can give: 2^(1−n). */
export const leastP = (n: number): number => 2 ** (1 - n);
