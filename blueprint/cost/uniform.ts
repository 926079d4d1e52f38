import type { Choices, Decision, RandomStream } from "@espalier/core";
import { repair } from "./repair.ts";
import { distanceToBudget, type InBudget } from "./zone.ts";

/** Steps of the walk inside the zone, per decision, before its state is returned. */
const STEPS_PER_DECISION = 200;
/** Steps, per decision, in which a random draw may approach the zone before it is repaired. */
const APPROACH_PER_DECISION = 100;

/** What {@linkcode uniformArchitecture} works with. */
export interface UniformArchitectureOptions extends InBudget {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** Source of randomness; the same stream gives the same choices. */
  readonly random: RandomStream;
}

function pick<T>(items: readonly T[], random: RandomStream): T {
  return items[random.integer(items.length)]!;
}

function anyChoices(decisions: readonly Decision[], random: RandomStream): Choices {
  return Object.fromEntries(decisions.map(({ id, candidates }) => [id, pick(candidates, random)]));
}

/**
 * Redraw one or two decisions: a symmetric proposal. A pair may trade the cost of one for that of the
 * other, which keeps the walk moving where the zone is narrow.
 */
function propose(choices: Choices, { decisions, random }: UniformArchitectureOptions): Choices {
  const changed = { ...choices };
  const changes = 1 + random.integer(2);
  for (let i = 0; i < changes; i++) {
    const { id, candidates } = pick(decisions, random);
    changed[id] = pick(candidates, random);
  }
  return changed;
}

/** How far choices lie from zone and limits. */
function distanceOf(choices: Choices, { zone, excess, cost }: InBudget): number {
  return distanceToBudget(choices, { zone, excess, cost: cost(choices) });
}

/** A random draw that approaches the zone step by step, and is repaired if it does not reach it. */
function startInZone(options: UniformArchitectureOptions): Choices {
  const { decisions, random } = options;
  let choices = anyChoices(decisions, random);
  let distance = distanceOf(choices, options);
  for (let left = APPROACH_PER_DECISION * decisions.length; distance > 0 && left > 0; left--) {
    const proposal = propose(choices, options);
    const proposed = distanceOf(proposal, options);
    if (proposed < distance) [choices, distance] = [proposal, proposed];
  }
  return repair({ ...options, choices }).choices;
}

/**
 * Draw uniformly among the choices whose true cost lies in the budget's zone, within its limits: the end of a Metropolis
 * walk that changes one or two decisions per step and never leaves the zone. Rejection sampling would be
 * too slow: a zone at 0.7 ± 5 % holds a thousandth of ResNet-20's shapes.
 *
 * Uniform over *choices*: widths of blocks that the depths cut away count as choices too.
 *
 * @param options What there is to choose, and where the cost must lie.
 * @returns Choices inside the zone.
 * @throws {EspalierError} ERR_BUDGET_ZONE_EMPTY if no choices inside the zone were found.
 */
export function uniformArchitecture(options: UniformArchitectureOptions): Choices {
  let choices = startInZone(options);
  for (let left = STEPS_PER_DECISION * options.decisions.length; left > 0; left--) {
    const proposal = propose(choices, options);
    if (distanceOf(proposal, options) === 0) choices = proposal;
  }
  return choices;
}
