import { type BudgetZone, type Choices, type Decision, unprunedValue } from "@espalier/core";
import type { Importances } from "./ranking.ts";

function nearestCandidate(candidates: readonly number[], channels: number): number {
  return candidates.toSorted((a, b) =>
    Math.abs(a - channels) - Math.abs(b - channels) || b - a
  )[0]!;
}

/**
 * Keep the channels whose importance reaches a threshold, rounded to the nearest candidate; depths
 * stay.
 *
 * @param decisions What there is to decide.
 * @param options Importances and threshold.
 * @returns The choices.
 */
export function widthsAbove(
  decisions: readonly Decision[],
  { importances, threshold }: {
    readonly importances: Importances;
    readonly threshold: number;
  },
): Choices {
  return Object.fromEntries(decisions.map((decision) => {
    const { id, candidates } = decision, importance = importances.get(id);
    if (importance === undefined) return [id, unprunedValue(decision)];
    const channels = importance.filter((value) => value >= threshold).length;
    return [id, nearestCandidate(candidates, channels)];
  }));
}

/** Importances, budget and cost, for {@linkcode pruneToBudget}. */
export interface PruneOptions {
  /** Of the decisions about channels. */
  readonly importances: Importances;
  /** The zone that the cost must end in, and its target. */
  readonly budget: Pick<BudgetZone, "target" | "low" | "high">;
  /** True cost of choices; a smaller width never costs more. */
  readonly cost: (choices: Choices) => number;
}

/**
 * Prune all layers by one threshold, found by bisection so that the cost comes as close to the target
 * as possible.
 *
 * @param decisions What there is to decide.
 * @param options Importances, budget, cost.
 * @returns The choices of that threshold.
 */
export function pruneToBudget(
  decisions: readonly Decision[],
  { importances, budget: { target, low, high }, cost }: PruneOptions,
): Choices {
  const thresholds = [...new Set([...importances.values()].flat())].sort((a, b) => a - b);
  const at = (index: number) =>
    widthsAbove(decisions, { importances, threshold: thresholds[index] ?? Infinity });
  let [first, last] = [0, thresholds.length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (cost(at(middle)) > target) first = middle + 1;
    else last = middle;
  }
  const [above, below] = [at(Math.max(0, first - 1)), at(first)];
  const outside = (choices: Choices) => Math.max(low - cost(choices), cost(choices) - high, 0);
  const offset = (choices: Choices) => Math.abs(cost(choices) - target);
  return (outside(above) - outside(below) || offset(above) - offset(below)) < 0 ? above : below;
}
