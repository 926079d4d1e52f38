/**
 * Variances from sums of squares.
 *
 * @module
 */

/** mean² ≤ 50 · variance: E[x²] − E[x]² then loses less than two of float32's seven digits. */
const SAFE_RATIO = 50;

/**
 * E[x²] − E[x]² of each channel, where that keeps its digits.
 *
 * @param mean Means, [C].
 * @param meanSquare Means of the squares, [C].
 * @returns Biased variances, [C]; undefined: a second pass over the data is needed.
 */
export function varianceOf(
  mean: Float64Array,
  meanSquare: Float64Array,
): Float64Array | undefined {
  const fast = meanSquare.map((value, c) => value - mean[c]! ** 2);
  return fast.every((value, c) => mean[c]! ** 2 <= SAFE_RATIO * value) ? fast : undefined;
}
