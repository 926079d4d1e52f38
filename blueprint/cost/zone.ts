import {
  type Budget,
  type BudgetZone,
  checkOptions,
  type Choices,
  type Decision,
  EspalierError,
  type OptionFields,
  unprunedValue,
} from "@espalier/core";
import { z } from "zod";

/** What {@linkcode resolveBudget} works with. */
export interface ResolveBudgetOptions {
  /** Unit of the cost. */
  readonly unit: string;
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** True cost of choices. */
  readonly cost: (choices: Choices) => number;
}

/** How far a cost lies from the zone; 0 inside it, the ends included. */
export function distanceToZone({ low, high }: BudgetZone, cost: number): number {
  return Math.max(low - cost, cost - high, 0);
}

/** Schema of a {@linkcode Budget}. */
export const budgetSchema: z.ZodType = z.strictObject(
  {
    cost: z.string(),
    target: z.number().positive(),
    tolerance: z.number().positive().lt(1).optional(),
    zone: z.enum(["around", "below"]).optional(),
  } satisfies OptionFields<Budget>,
);

/**
 * The lowest cost that was found: of the smallest candidates, then of single changes while these lower
 * it. A wider choice may save a projection where the inputs of a residual sum have different smallest
 * widths.
 */
function smallestCost({ decisions, cost }: ResolveBudgetOptions): number {
  let choices: Choices = Object.fromEntries(
    decisions.map(({ id, candidates }) => [id, candidates[0]!]),
  );
  let lowest = cost(choices);
  for (let improved = true; improved;) {
    improved = false;
    for (const { id, candidates } of decisions) {
      for (const candidate of candidates) {
        const changed = { ...choices, [id]: candidate };
        const cheaper = cost(changed);
        if (cheaper >= lowest) continue;
        [choices, lowest, improved] = [changed, cheaper, true];
      }
    }
  }
  return lowest;
}

/** A share in three digits, rounded up so that it can be reached. */
const shareFrom = (cost: number, unpruned: number): string =>
  (Math.ceil(1000 * cost / unpruned) / 1000).toFixed(3);

function unreachable(
  { target, cost, unit, smallest, unpruned }: Omit<BudgetZone, "low" | "high">,
  largest: number,
): EspalierError {
  const most = largest > unpruned ? "widest architecture" : "unpruned network";
  return new EspalierError(
    "ERR_BUDGET_UNREACHABLE",
    `Cannot reach the budget as its target must lie between the smallest architecture's ${cost} and ` +
      `the ${most}'s, ${smallest} to ${largest} ${unit}: ${target}. Give a target in ` +
      `between, as a share of at least ${shareFrom(smallest, unpruned)} or as the cost itself.`,
  );
}

/**
 * Turn a budget into the zone in which a true cost must end.
 *
 * `around` is the paper's zone, (1 ± tolerance) · target; `below` that of the official code, from
 * target − tolerance · unpruned cost to target.
 *
 * @param budget What the user asks for.
 * @param options Cost and decisions.
 * @returns The zone, in the unit of the cost.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value; ERR_BUDGET_UNREACHABLE if
 * the target is below the smallest cost, or above that of the unpruned network and of the widest
 * candidates.
 */
export function resolveBudget(budget: Budget, options: ResolveBudgetOptions): BudgetZone {
  checkOptions(budgetSchema, budget, { subject: "the budget" });
  const { target: asked, tolerance = 0.05, zone = "around" } = budget;
  const costOfEach = (valueOf: (decision: Decision) => number) =>
    options.cost(Object.fromEntries(options.decisions.map((one) => [one.id, valueOf(one)])));
  const unpruned = costOfEach(unprunedValue);
  const largest = Math.max(unpruned, costOfEach(({ candidates }) => candidates.at(-1)!));
  const smallest = smallestCost(options);
  const target = asked <= 1 ? asked * unpruned : asked;
  const ends = { cost: budget.cost, unit: options.unit, target, unpruned, smallest };
  if (target < smallest || target > largest) throw unreachable(ends, largest);
  return zone === "around"
    ? { ...ends, low: target * (1 - tolerance), high: target * (1 + tolerance) }
    : { ...ends, low: target - tolerance * unpruned, high: target };
}
