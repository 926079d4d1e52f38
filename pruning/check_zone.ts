import { repair } from "@espalier/blueprint";
import type { BudgetZone, Choices, Decision } from "@espalier/core";

/**
 * Refuse a budget's zone in which no architecture is found, as what a search finds could not be repaired
 * into it; throws ERR_BUDGET_ZONE_EMPTY. Halves the way from the widest candidates to the smallest
 * ones, one candidate a step, and repairs where no step of it lies in the zone.
 */
export function checkZone(
  zone: BudgetZone,
  { decisions, cost }: {
    readonly decisions: readonly Decision[];
    readonly cost: (choices: Choices) => number;
  },
): void {
  const way = decisions.flatMap(({ id, candidates }) =>
    candidates.map((candidate) => [id, candidate] as const).reverse()
  );
  const widest = Object.fromEntries(
    decisions.map(({ id, candidates }) => [id, candidates.at(-1)!]),
  );
  const after = (steps: number): Choices => ({
    ...widest,
    ...Object.fromEntries(way.slice(0, steps)),
  });
  let [from, to] = [0, way.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const found = cost(after(middle));
    if (zone.low <= found && found <= zone.high) return;
    if (found > zone.high) from = middle + 1;
    else to = middle;
  }
  repair({ choices: after(from), decisions, zone, cost });
}
