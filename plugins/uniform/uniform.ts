import { type BudgetZone, type Choices, type Decision, unprunedValue } from "@espalier/core";

/** Budget and cost, for {@linkcode uniformScaling}. */
export interface UniformScalingOptions {
  /** The zone that the cost must end in, and its target. */
  readonly budget: Pick<BudgetZone, "target" | "low" | "high">;
  /** True cost of choices. */
  readonly cost: (choices: Choices) => number;
}

/** An architecture and its cost. */
interface Costed {
  readonly choices: Choices;
  readonly cost: number;
}

/** The ratios at which the nearest candidate changes to the next one. */
function turningPoints(decision: Decision): number[] {
  const { candidates } = decision, full = unprunedValue(decision);
  return candidates.slice(1).map((candidate, i) => (candidates[i]! + candidate) / 2 / full);
}

/**
 * Widths nearest to one ratio of the unpruned ones; depths stay.
 *
 * @param decisions What there is to decide.
 * @param ratio Share of the channels that each layer keeps.
 * @returns The choices.
 */
export function scaleWidths(decisions: readonly Decision[], ratio: number): Choices {
  return Object.fromEntries(decisions.map((decision) => {
    const { id, candidates, effect } = decision;
    if (effect.kind === "exit") return [id, unprunedValue(decision)];
    const index = turningPoints(decision).filter((point) => point <= ratio).length;
    return [id, candidates[index]!];
  }));
}

/** Every architecture of one ratio, ascending. */
function levelsOf(decisions: readonly Decision[]): Choices[] {
  const widths = decisions.filter(({ effect }) => effect.kind === "channels");
  const ratios = new Set([0, ...widths.flatMap(turningPoints)]);
  return [...ratios].sort((a, b) => a - b).map((ratio) => scaleWidths(decisions, ratio));
}

function nearest(
  options: readonly Costed[],
  { target, low, high }: UniformScalingOptions["budget"],
) {
  const outside = (cost: number) => Math.max(low - cost, cost - high, 0);
  return options.toSorted((a, b) =>
    outside(a.cost) - outside(b.cost) || Math.abs(a.cost - target) - Math.abs(b.cost - target)
  )[0]!;
}

/**
 * Architectures between two ratios: the layers switch to the larger ratio one by one, those that add
 * the least cost first.
 */
function between(
  lower: Choices,
  { upper, cost }: { readonly upper: Choices; readonly cost: (choices: Choices) => number },
): Costed[] {
  const ids = Object.keys(lower).filter((id) => lower[id] !== upper[id]);
  const added = new Map(ids.map((id) => [id, cost({ ...lower, [id]: upper[id]! })]));
  let choices = lower;
  return ids.toSorted((a, b) => added.get(a)! - added.get(b)!).map((id) => {
    choices = { ...choices, [id]: upper[id]! };
    return { choices, cost: cost(choices) };
  });
}

/**
 * Scale all widths by one ratio, as near to the target as possible. Where candidates are so coarse
 * that no ratio lies in the zone, some layers keep the next smaller ratio. Deterministic.
 *
 * Source: TAS, table 1, "pre-defined": the same ratio for all layers.
 *
 * @param decisions What there is to decide.
 * @param options Budget and cost.
 * @returns The choices nearest to the target, inside the zone if there are any.
 */
export function uniformScaling(
  decisions: readonly Decision[],
  { budget, cost }: UniformScalingOptions,
): Choices {
  const levels = levelsOf(decisions).map((choices) => ({ choices, cost: cost(choices) }));
  const best = nearest(levels, budget);
  if (best.cost >= budget.low && best.cost <= budget.high) return best.choices;
  const next = levels.findIndex((level) => level.cost > budget.target);
  if (next < 1) return best.choices;
  const [lower, upper] = [levels[next - 1]!.choices, levels[next]!.choices];
  return nearest([best, ...between(lower, { upper, cost })], budget).choices;
}
