import { type MeasuredCost, repair } from "@espalier/blueprint";
import {
  type BudgetLimit,
  type BudgetZone,
  type Choices,
  type Decision,
  EspalierError,
} from "@espalier/core";

/** What is checked. */
interface Search {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** True cost of choices. */
  readonly cost: (choices: Choices) => number;
  /** By how much they exceed limits; absent where nothing is limited. */
  readonly excess?: ((choices: Choices) => number) | undefined;
  /** The costs that are limited. */
  readonly limited?: Readonly<Record<string, MeasuredCost>>;
}

/**
 * Refuse a budget's zone in which no architecture is found, as what a search finds could not be repaired
 * into it; throws ERR_BUDGET_ZONE_EMPTY, or ERR_BUDGET_UNREACHABLE where the limits are what keeps them
 * out. Halves the way from the widest candidates to the smallest ones, one candidate a step, and repairs
 * where no step of it lies in the zone.
 */
export function checkZone(zone: BudgetZone, search: Search): void {
  const { decisions, cost, excess } = search;
  const choices = inZone(zone, search);
  if (excess === undefined || excess(choices) === 0) return;
  try {
    repair({ choices, decisions, zone, cost, excess });
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    throw unreachable(zone, { ...search, choices });
  }
}

/** Choices inside the zone, whatever the limits. */
function inZone(zone: BudgetZone, { decisions, cost }: Search): Choices {
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
    if (zone.low <= found && found <= zone.high) return after(middle);
    if (found > zone.high) from = middle + 1;
    else to = middle;
  }
  return repair({ choices: after(from), decisions, zone, cost }).choices;
}

/** Each step asks for so much less than what was found. */
const STEP = 0.97;

/** The least of a limited cost that is found inside the zone, were it the only limit. */
function leastInZone(
  { unpruned, high }: BudgetLimit,
  { zone, choices: start, measured: { cost: limited }, decisions, cost }: Search & {
    readonly zone: BudgetZone;
    readonly choices: Choices;
    readonly measured: MeasuredCost;
  },
): number {
  let choices = start;
  while (limited(choices) > high) {
    const most = Math.max(high, STEP * limited(choices));
    const excess = (choices: Choices) => Math.max(0, limited(choices) - most) / unpruned;
    try {
      choices = repair({ choices, decisions, zone, cost, excess }).choices;
    } catch {
      break; // Nothing less was found.
    }
  }
  return limited(choices);
}

function unreachable(
  zone: BudgetZone,
  search: Search & { readonly choices: Choices },
): EspalierError {
  const { cost, unit, low, high, limits = [] } = zone;
  const least = limits.map((limit) => {
    const measured = search.limited![limit.cost]!;
    const found = leastInZone(limit, { ...search, zone, measured });
    return `${limit.cost} ${limit.high} ${limit.unit} at most, where ` +
      (found > limit.high ? `the smallest found is ${found}` : "it can be held alone");
  });
  return new EspalierError(
    "ERR_BUDGET_UNREACHABLE",
    `Cannot hold the limits together with the target as no architecture was found whose ${cost} ` +
      `lies in ${low} to ${high} ${unit} within: ${
        least.join("; ")
      }. Raise a limit or change the target.`,
  );
}
