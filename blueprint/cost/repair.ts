import {
  type BudgetZone,
  type Choices,
  createRandom,
  type Decision,
  type DecisionId,
  EspalierError,
} from "@espalier/core";
import { distanceToBudget, type InBudget } from "./zone.ts";

/** Steps of the simulated annealing that goes on where the greedy repair is stuck. */
const ANNEALING_STEPS = 20_000;
/** Its first temperature, in unpruned costs, and the factor from the first to the last. */
const ANNEALING_TEMPERATURE = { start: 0.5, fall: 1e-3 };
/** Probabilities are clamped to it, so that logarithms are finite. */
const LEAST_PROBABILITY = 1e-30;

/** What {@linkcode repair} works with. */
export interface RepairOptions extends InBudget {
  /** What was chosen. */
  readonly choices: Choices;
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** Probability of each candidate, by decision. Absent: all equal. */
  readonly probabilities?: Readonly<Record<DecisionId, readonly number[]>>;
}

/** Choices within the zone. */
export interface Repaired {
  /** The choices. */
  readonly choices: Choices;
  /** Their true cost. */
  readonly cost: number;
  /** Whether they differ from what was given. */
  readonly changed: boolean;
}

interface State {
  readonly choices: Choices;
  readonly cost: number;
  /** How far it lies from zone and limits. */
  readonly distance: number;
}

function stateOf(choices: Choices, { zone, excess, cost: costOf }: RepairOptions): State {
  const cost = costOf(choices);
  return { choices, cost, distance: distanceToBudget(choices, { zone, excess, cost }) };
}

interface Change extends State {
  /** Loss of log-probability per unit of `gain`. */
  readonly price: number;
  /** Distance from the current candidate, in candidates. */
  readonly steps: number;
  /** How much nearer to the zone it is. */
  readonly gain: number;
}

/** Ties in price (no probabilities) go to the fewest steps, then the largest gain, then the first. */
function better(change: Change, best: Change | undefined): boolean {
  if (best === undefined) return true;
  if (change.price !== best.price) return change.price < best.price;
  if (change.steps !== best.steps) return change.steps < best.steps;
  return change.gain > best.gain;
}

function logProbability(options: RepairOptions, decision: Decision, index: number): number {
  const probability = options.probabilities?.[decision.id]?.[index] ?? 1;
  return Math.log(Math.max(probability, LEAST_PROBABILITY));
}

function bestChange(state: State, options: RepairOptions): Change | undefined {
  let best: Change | undefined;
  for (const decision of options.decisions) {
    const current = decision.candidates.indexOf(state.choices[decision.id]!);
    const held = logProbability(options, decision, current);
    for (const [index, candidate] of decision.candidates.entries()) {
      if (index === current) continue;
      const choices = { ...state.choices, [decision.id]: candidate };
      const changed = stateOf(choices, options);
      const gain = state.distance - changed.distance;
      if (gain <= 0) continue;
      const price = (held - logProbability(options, decision, index)) / gain;
      const change = { ...changed, price, steps: Math.abs(index - current), gain };
      if (better(change, best)) best = change;
    }
  }
  return best;
}

/** Simulated annealing of the distance to the zone, from a fixed seed; the first state inside ends it. */
function annealIntoZone(from: State, options: RepairOptions): State | undefined {
  const { decisions, zone } = options;
  const random = createRandom(0).stream("budget/repair");
  let state = from;
  for (let step = 0; step < ANNEALING_STEPS && decisions.length > 0; step++) {
    const decision = decisions[random.integer(decisions.length)]!;
    const candidate = decision.candidates[random.integer(decision.candidates.length)]!;
    const choices = { ...state.choices, [decision.id]: candidate };
    const changed = stateOf(choices, options);
    if (changed.distance === 0) return changed;
    const { start, fall } = ANNEALING_TEMPERATURE;
    const temperature = zone.unpruned * start * fall ** (step / ANNEALING_STEPS);
    const climb = changed.distance - state.distance;
    if (random.next() < Math.exp(-climb / temperature)) state = changed;
  }
}

function nearestInZone(start: State, options: RepairOptions): State {
  let state = start;
  while (state.distance > 0) {
    const next = bestChange(state, options) ?? annealIntoZone(state, options);
    if (next === undefined) throw emptyZone(options.zone, state.cost);
    state = next;
  }
  return state;
}

function emptyZone(
  { cost, unit, low, high, limits = [] }: BudgetZone,
  nearest: number,
): EspalierError {
  const held = limits.map(({ cost, unit, high }) => `, ${cost} at most ${high} ${unit}`).join("");
  return new EspalierError(
    "ERR_BUDGET_ZONE_EMPTY",
    `Cannot find an architecture as its ${cost} must lie in ${low} to ${high} ${unit}${held}: the ` +
      `nearest one found has ${nearest}. Give a larger tolerance, another target or more candidates.`,
  );
}

/**
 * Bring choices into the budget's zone, greedily and deterministically. Each step changes the decision
 * that loses the least log-probability per unit of cost by which it approaches the zone. Where no
 * single change approaches the zone, simulated annealing from a fixed seed goes on.
 *
 * @param options What was chosen, and the zone.
 * @returns Choices whose true cost lies in the zone, its ends included, and that hold the limits.
 * @throws {EspalierError} ERR_BUDGET_ZONE_EMPTY if no choices inside the zone were found.
 */
export function repair(options: RepairOptions): Repaired {
  const start = stateOf(options.choices, options);
  const { choices, cost } = nearestInZone(start, options);
  const changed = options.decisions.some(({ id }) => choices[id] !== start.choices[id]);
  return { choices, cost, changed };
}
