import type { Choices, Decision, DecisionId } from "@espalier/core";

/** Probability of each candidate, by decision. */
export type Probabilities = Readonly<Record<DecisionId, readonly number[]>>;

/**
 * The most probable candidate of every decision; ties go to the smallest.
 *
 * @param decisions What there is to decide.
 * @param probabilities Of each candidate.
 * @returns The candidates' values.
 */
export function mostProbable(
  decisions: readonly Decision[],
  probabilities: Probabilities,
): Choices {
  return Object.fromEntries(decisions.map(({ id, candidates }) => {
    const row = probabilities[id]!;
    return [id, candidates[row.indexOf(Math.max(...row))]!];
  }));
}

/**
 * The candidate of every decision that is nearest to the mean of its values; ties go to the smaller.
 *
 * While a search is undecided, the supernet computes with layers of these widths on the average, and the
 * most probable candidates, a little ahead of all others, say little. Of a decided search they are the same.
 *
 * @param decisions What there is to decide.
 * @param probabilities Of each candidate.
 * @returns The candidates' values.
 */
export function nearestToMean(
  decisions: readonly Decision[],
  probabilities: Probabilities,
): Choices {
  return Object.fromEntries(decisions.map(({ id, candidates }) => {
    const mean = probabilities[id]!.reduce((sum, p, i) => sum + p * candidates[i]!, 0);
    const distances = candidates.map((value) => Math.abs(value - mean));
    return [id, candidates[distances.indexOf(Math.min(...distances))]!];
  }));
}

/**
 * How decided a search is: the highest minus the second-highest probability, mean over the decisions.
 *
 * Source: TAS, figure 3, "discrepancy".
 *
 * @param probabilities Of each candidate.
 * @returns 0 (undecided) to 1.
 */
export function discrepancy(probabilities: Probabilities): number {
  const gaps = Object.values(probabilities).map((row) => {
    const [first, second] = row.toSorted((a, b) => b - a);
    return first! - (second ?? 0);
  });
  return gaps.reduce((a, b) => a + b, 0) / gaps.length;
}
