import type { BudgetZone, Choices, Decision } from "@espalier/core";

/** Decisions named a, b, c … over these candidates. */
export function toyDecisions(...candidates: readonly (readonly number[])[]): readonly Decision[] {
  return candidates.map((values, i) => {
    const id = String.fromCharCode(97 + i);
    return { id, space: "toy", candidates: values, effect: { kind: "channels", nodes: [id] } };
  });
}

/** All choices. */
export function enumerate(decisions: readonly Decision[]): readonly Choices[] {
  return decisions.reduce<readonly Choices[]>(
    (all, { id, candidates }) =>
      all.flatMap((choices) => candidates.map((value) => ({ ...choices, [id]: value }))),
    [{}],
  );
}

/** A chain of layers: the sum of products of neighbouring widths, as multiply-adds have it. */
export function chainCost(choices: Choices): number {
  const widths = [1, ...Object.values(choices), 1];
  return widths.slice(1).reduce((sum, width, i) => sum + width * widths[i]!, 0);
}

/** The zone from `low` to `high`. */
export function toyZone(low: number, high: number, unpruned: number = 2 * high): BudgetZone {
  const ends = { smallest: 0, unpruned, low, high };
  return { cost: "toy", unit: "points", target: (low + high) / 2, ...ends };
}
