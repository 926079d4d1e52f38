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

/** Mean of numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation, of n − 1 degrees of freedom. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** The interval of 2 to 20 values that holds the true mean with a probability of 95 % (Student 1908). */
export function tInterval(values: readonly number[]): readonly [low: number, high: number] {
  const { length: n } = values;
  const half = T_975[n - 2]! * deviation(values) / Math.sqrt(n);
  return [mean(values) - half, mean(values) + half];
}

/** Sums nearer than this share of their size are equal: additions in another order round apart. */
const EQUAL = 1e-9;

/**
 * Exact two-sided p of a mean of zero (Fisher 1935): the share of all 2^n choices of signs of the
 * differences whose sum is as far from zero as the one found. The least p of n seeds is 2^(1−n).
 *
 * @param differences At most 20.
 * @returns The p value.
 */
export function signFlipP(differences: readonly number[]): number {
  const choices = 2 ** differences.length;
  const sumOf = (signs: number) =>
    Math.abs(differences.reduce((sum, d, i) => sum + (signs >> i & 1 ? -d : d), 0));
  const found = sumOf(0) * (1 - EQUAL);
  let asFar = 0;
  for (let signs = 0; signs < choices; signs++) if (sumOf(signs) >= found) asFar++;
  return asFar / choices;
}
