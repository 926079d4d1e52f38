import { repair } from "@espalier/blueprint";
import type { Choices, RandomStream, SearchContext, SearchResult } from "@espalier/core";
import { crossed, mutated } from "./evolution.ts";
import type { EvolutionSearchOptions } from "./options.ts";

/** The part of a search context that evolution uses. */
export type EvolutionContext = Pick<
  SearchContext,
  | "budget"
  | "checkpoint"
  | "cost"
  | "decisions"
  | "excess"
  | "progress"
  | "random"
  | "score"
  | "uniform"
>;

/** How often a child that was there before is made anew; then an architecture is drawn. */
const TRIES = 10;

interface Scored {
  readonly choices: Choices;
  readonly score: number;
}

/** What is known so far. */
interface State {
  /** Candidates that were made. */
  readonly count: number;
  /** The best, and those of which the generation descends. */
  readonly best: readonly Scored[];
  readonly elders: readonly Scored[];
  /** Texts of all. */
  readonly seen: readonly string[];
}

/** Equal choices have equal text, as decisions have a fixed order. */
const textOf = ({ decisions }: EvolutionContext, choices: Choices): string =>
  JSON.stringify(decisions.map(({ id }) => choices[id]));

function childOf(
  parents: readonly Scored[],
  { context, random, crosses, mutation }: {
    readonly context: EvolutionContext;
    readonly random: RandomStream;
    readonly crosses: boolean;
    readonly mutation: number;
  },
): Choices {
  const { decisions, budget: zone, cost } = context;
  const pick = () => parents[random.integer(parents.length)]!.choices;
  const choices = crosses
    ? crossed([pick(), pick()], { decisions, random })
    : mutated(pick(), { decisions, random, probability: mutation });
  return repair({
    ...{ choices, decisions, zone },
    cost: (choices) => cost(choices),
    excess: zone.limits && ((choices) => context.excess(choices)),
  }).choices;
}

/**
 * Evolve architectures inside the budget's zone: the first generation is drawn uniformly, each further
 * one consists of crossings (every second child) and mutations of the best so far. A child outside the
 * zone is repaired into it; one that was there before is made anew.
 *
 * Source: Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling" (ECCV
 * 2020), algorithm 1, which draws children until one meets the constraint.
 *
 * @param context Draws and scores architectures; its progress counts one candidate as an epoch.
 * @param options Sizes and the probability of mutations.
 * @returns The best architecture; ties go to the first.
 */
export async function evolutionSearch(
  context: EvolutionContext,
  { population, generations, parents, mutation }: EvolutionSearchOptions,
): Promise<SearchResult> {
  const saved = await context.checkpoint.latest<State>();
  const seen = new Set(saved?.seen);
  let { best, elders }: Pick<State, "best" | "elders"> = saved ?? { best: [], elders: [] };
  const next = (index: number): Choices => {
    const fresh = () => context.uniform({ name: "evolution-search/draw", index });
    if (index < population) return fresh();
    const random = context.random.stream("evolution-search/child", index);
    for (let left = TRIES; left > 0; left--) {
      const crosses = index % 2 === 0;
      const choices = childOf(elders, { context, random, crosses, mutation });
      if (!seen.has(textOf(context, choices))) return choices;
    }
    return fresh();
  };
  const epochs = population * generations;
  for (let index = saved?.count ?? 0; index < epochs; index++) {
    if (index % population === 0) elders = best;
    const choices = next(index), text = textOf(context, choices);
    const found = seen.has(text) ? undefined : await context.score(choices);
    seen.add(text);
    if (found !== undefined) {
      best = [...best, { choices, score: found.score }]
        .sort((a, b) => b.score - a.score).slice(0, parents);
    }
    try {
      await context.progress({
        epoch: index,
        epochs,
        images: found?.images ?? 0,
        ...found && { loss: found.loss, metrics: found.metrics },
        cost: context.cost(choices),
        values: { best: best[0]!.score, generation: Math.floor(index / population) },
      });
    } finally { // It throws when the run is stopped.
      if (context.checkpoint.due("epoch")) {
        const state: State = { count: index + 1, best, elders, seen: [...seen] };
        await context.checkpoint.save(state, { done: (index + 1) / epochs });
      }
    }
  }
  return { choices: best[0]!.choices };
}
