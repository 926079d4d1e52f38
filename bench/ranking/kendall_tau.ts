/**
 * Kendall's rank correlation, with ties (tau-b): (agreeing − disagreeing pairs) over the geometric
 * mean of the pairs that are no tie in one and in the other.
 *
 * Source: Kendall, "The treatment of ties in ranking problems" (Biometrika 33, 1945).
 *
 * @param a Numbers.
 * @param b As many.
 * @returns −1 to 1; NaN where all numbers of one side are equal.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let agreement = 0, inA = 0, inB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      agreement += x * y;
      inA += x * x;
      inB += y * y;
    }
  }
  return agreement / Math.sqrt(inA * inB);
}
