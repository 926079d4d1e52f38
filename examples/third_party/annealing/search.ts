import type { Choices, Score, SearchContext, SearchResult } from "@espalier/core";
import { acceptance, temperatureAt } from "./annealing.ts";
import { neighbour } from "./neighbour.ts";
import type { AnnealingOptions } from "./options.ts";

/** Told of each step. */
export interface AnnealingEvent {
  /** Discriminant: the plugin's name, and what. */
  readonly type: "acme-annealing/step";
  /** Its number, from 0. */
  readonly step: number;
  /** Temperature, in the unit of the score. */
  readonly temperature: number;
  /** Score of what was tried. */
  readonly score: number;
  /** Whether the search went there. */
  readonly accepted: boolean;
}

/** Moves that are tried before the search jumps. */
const TRIES = 20;

interface Place {
  readonly choices: Choices;
  readonly score: number;
}

/** What a search that died goes on with. */
interface State {
  readonly steps: number;
  readonly current: Place;
  readonly best: Place;
}

/** A neighbour that the budget allows; without one near, any architecture that it allows. */
function allowed(context: SearchContext, from: Choices, step: number): Choices {
  const { decisions, budget } = context;
  const random = context.random.stream("acme-annealing/move", step);
  for (let i = 0; i < TRIES; i++) {
    const choices = neighbour(from, { decisions, random });
    const cost = context.cost(choices);
    if (budget.low <= cost && cost <= budget.high && context.excess(choices) === 0) return choices;
  }
  return context.uniform({ name: "acme-annealing/jump", index: step });
}

/** What a step came to: where the search is, and the best place so far. */
function moved(
  { current, best }: Pick<State, "current" | "best">,
  tried: Place,
  accepted: boolean,
): Pick<State, "current" | "best"> {
  return {
    current: accepted ? tried : current,
    best: tried.score > best.score ? tried : best,
  };
}

/**
 * Simulated annealing over architectures that the budget allows, scored with the weights of the
 * unpruned network.
 *
 * @param context Of the search.
 * @param options Steps and temperatures; where events go.
 * @returns The best architecture that was scored.
 */
export async function anneal(
  context: SearchContext,
  { steps, emit, ...cooling }: AnnealingOptions & {
    readonly emit: (event: AnnealingEvent) => void;
  },
): Promise<SearchResult> {
  let state = await context.checkpoint.latest<State>();
  for (let step = state?.steps ?? 0; step < steps; step++) {
    const choices = state === undefined
      ? context.uniform({ name: "acme-annealing/start", index: 0 })
      : allowed(context, state.current.choices, step);
    const { score, images, loss, metrics }: Score = await context.score(choices);
    const tried = { choices, score };
    const before: State = state ?? { steps: 0, current: tried, best: tried };
    const temperature = temperatureAt(step, steps, cooling);
    const chance = context.random.stream("acme-annealing/chance", step).next();
    const accepted = chance < acceptance(score - before.current.score, temperature);
    state = { steps: step + 1, ...moved(before, tried, accepted) };
    emit({ type: "acme-annealing/step", step, temperature, score, accepted });
    const values = { temperature, best: state.best.score };
    const cost = context.cost(choices);
    try {
      await context.progress({ epoch: step, epochs: steps, images, loss, metrics, cost, values });
    } finally { // It throws when the run is stopped.
      if (context.checkpoint.due("epoch")) {
        await context.checkpoint.save(state, { done: state.steps / steps });
      }
    }
  }
  return { choices: state!.best.choices };
}
