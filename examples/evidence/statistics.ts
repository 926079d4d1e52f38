/** Statistics of a few seeds. A difference is that of two methods on the same seed. */
import quantile from "@stdlib/stats-base-dists-t-quantile";

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

/** The interval that holds the true mean with a probability of 95 % (Student 1908). */
export function tInterval(values: readonly number[]): readonly [low: number, high: number] {
  const { length: n } = values;
  const half = quantile(0.975, n - 1) * deviation(values) / Math.sqrt(n);
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
