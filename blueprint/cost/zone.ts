import {
  type Budget,
  type BudgetLimit,
  type BudgetZone,
  checkOptions,
  type Choices,
  type Decision,
  EspalierError,
  type OptionFields,
  unprunedValue,
} from "@espalier/core";
import * as z from "zod";
import { amountOf, amountSchema } from "./amount.ts";

/** A cost of architectures. */
export interface MeasuredCost {
  /** Unit of the cost. */
  readonly unit: string;
  /** True cost of choices. */
  readonly cost: (choices: Choices) => number;
}

/** What {@linkcode resolveBudget} works with. */
export interface ResolveBudgetOptions extends MeasuredCost {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** The costs that the budget limits, by their names. */
  readonly limited?: Readonly<Record<string, MeasuredCost>>;
}

/** Where choices must end. */
export interface InBudget extends Pick<MeasuredCost, "cost"> {
  /** Where their cost must lie. */
  readonly zone: BudgetZone;
  /**
   * By how much they exceed limits, as {@linkcode excessFunction} says.
   *
   * @default nothing is limited
   */
  readonly excess?: ((choices: Choices) => number) | undefined;
}

/** How far choices of this cost lie from zone and limits, in the unit of the zone; 0 inside. */
export function distanceToBudget(
  choices: Choices,
  { zone, excess, cost }: Omit<InBudget, "cost"> & { readonly cost: number },
): number {
  const distance = distanceToZone(zone, cost);
  return excess === undefined ? distance : distance + zone.unpruned * excess(choices);
}

/** How far a cost lies from the zone; 0 inside it, the ends included. */
export function distanceToZone({ low, high }: BudgetZone, cost: number): number {
  return Math.max(low - cost, cost - high, 0);
}

/** Schema of a {@linkcode Budget}. */
export const budgetSchema: z.ZodType = z.strictObject(
  {
    cost: z.string(),
    target: amountSchema,
    tolerance: z.number().positive().lt(1).optional(),
    zone: z.enum(["around", "below"]).optional(),
    limits: z.record(z.string(), amountSchema).optional(),
  } satisfies OptionFields<Budget>,
);

/**
 * The lowest cost that was found: of the smallest candidates, then of single changes while these lower
 * it. A wider choice may save a projection where the inputs of a residual sum have different smallest
 * widths.
 */
function smallestCost(
  { decisions, cost }: Pick<ResolveBudgetOptions, "cost" | "decisions">,
): number {
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

/** What a limit is in its unit; refused where no architecture keeps it. */
function resolveLimit(
  [name, amount]: readonly [string, NonNullable<Budget["limits"]>[string]],
  { decisions, limited }: ResolveBudgetOptions,
): BudgetLimit {
  const { unit, cost } = limited![name]!;
  const unpruned = cost(Object.fromEntries(decisions.map((one) => [one.id, unprunedValue(one)])));
  const high = amountOf(amount, { cost: name, unit, unpruned });
  const smallest = smallestCost({ decisions, cost });
  if (high >= smallest) return { cost: name, unit, high, unpruned, smallest };
  throw new EspalierError(
    "ERR_BUDGET_UNREACHABLE",
    `Cannot hold the limit of ${name} as the smallest architecture has ${smallest} ${unit}, the ` +
      `unpruned network ${unpruned}: ${high} at most. Raise it, as a share to at least ` +
      `${shareFrom(smallest, unpruned)}.`,
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
 * candidates, or a limit below its smallest cost.
 */
export function resolveBudget(budget: Budget, options: ResolveBudgetOptions): BudgetZone {
  checkOptions(budgetSchema, budget, { subject: "the budget" });
  const { target: asked, tolerance = 0.05, zone = "around" } = budget;
  const costOfEach = (valueOf: (decision: Decision) => number) =>
    options.cost(Object.fromEntries(options.decisions.map((one) => [one.id, valueOf(one)])));
  const unpruned = costOfEach(unprunedValue);
  const largest = Math.max(unpruned, costOfEach(({ candidates }) => candidates.at(-1)!));
  const smallest = smallestCost(options);
  const { cost, limits = {} } = budget, { unit } = options;
  const target = amountOf(asked, { cost, unit, unpruned });
  const held = Object.entries(limits).map((limit) => resolveLimit(limit, options));
  const ends = {
    ...{ cost, unit, target, unpruned, smallest },
    ...held.length > 0 && { limits: held },
  };
  if (target < smallest || target > largest) throw unreachable(ends, largest);
  return zone === "around"
    ? { ...ends, low: target * (1 - tolerance), high: target * (1 + tolerance) }
    : { ...ends, low: target - tolerance * unpruned, high: target };
}
