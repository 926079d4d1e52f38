import type { Choices, Score, SearchContext, SearchResult } from "@espalier/core";
import type { RandomSearchOptions } from "./options.ts";

/** The part of a search context that random search uses. */
export type RandomSearchContext = Pick<
  SearchContext,
  "checkpoint" | "cost" | "progress" | "score" | "uniform"
>;

interface Scored {
  readonly choices: Choices;
  readonly score: number;
}

/** What is known so far. */
interface State {
  /** Candidates that are scored. */
  readonly count: number;
  readonly best: Scored;
  readonly scores: Readonly<Record<string, Score>>;
}

/**
 * Scores each architecture once, the second time without images. Equal choices have equal JSON, as
 * decisions have a fixed order.
 */
function createScorer(
  context: RandomSearchContext,
  scores: Map<string, Score>,
): (choices: Choices) => Promise<Score> {
  return async (choices) => {
    const key = JSON.stringify(choices);
    const known = scores.get(key);
    if (known !== undefined) return { ...known, images: 0 };
    const score = await context.score(choices);
    scores.set(key, score);
    return score;
  };
}

/**
 * Draw architectures uniformly inside the budget's zone and keep the one with the highest score;
 * ties go to the first.
 *
 * Source: TAS, table 1, "random search"; Li and Talwalkar, "Random Search and Reproducibility for
 * Neural Architecture Search" (UAI 2019).
 *
 * @param context Draws and scores architectures; its progress counts one candidate as an epoch.
 * @param options How many to draw.
 * @returns The best one drawn.
 */
export async function randomSearch(
  context: RandomSearchContext,
  { candidates }: RandomSearchOptions,
): Promise<SearchResult> {
  const saved = await context.checkpoint.latest<State>();
  const scores = new Map(Object.entries(saved?.scores ?? {}));
  const scoreOf = createScorer(context, scores);
  let best = saved?.best;
  for (let index = saved?.count ?? 0; index < candidates; index++) {
    const choices = context.uniform({ name: "random-search", index });
    const { score, images, loss, metrics } = await scoreOf(choices);
    if (best === undefined || score > best.score) best = { choices, score };
    const cost = context.cost(choices);
    const place = { epoch: index, epochs: candidates, images };
    try {
      await context.progress({ ...place, loss, metrics, cost, values: { best: best.score } });
    } finally { // It throws when the run is stopped.
      if (context.checkpoint.due("epoch")) {
        const count = index + 1;
        const state: State = { count, best, scores: Object.fromEntries(scores) };
        await context.checkpoint.save(state, { done: count / candidates });
      }
    }
  }
  return { choices: best!.choices };
}
