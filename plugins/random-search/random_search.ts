import type { Choices, Score, SearchContext, SearchResult } from "@espalier/core";
import type { RandomSearchOptions } from "./options.ts";

/** The part of a search context that random search uses. */
export type RandomSearchContext = Pick<SearchContext, "cost" | "progress" | "score" | "uniform">;

interface Scored {
  readonly choices: Choices;
  readonly score: number;
}

/**
 * Scores each architecture once, the second time without images. Equal choices have equal JSON, as
 * decisions have a fixed order.
 */
function createScorer(context: RandomSearchContext): (choices: Choices) => Promise<Score> {
  const scores = new Map<string, Score>();
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
  const scoreOf = createScorer(context);
  let best: Scored | undefined;
  for (let index = 0; index < candidates; index++) {
    const choices = context.uniform({ name: "random-search", index });
    const { score, images, loss, metrics } = await scoreOf(choices);
    if (best === undefined || score > best.score) best = { choices, score };
    await context.progress({
      epoch: index,
      epochs: candidates,
      images,
      loss,
      metrics,
      cost: context.cost(choices),
      values: { best: best.score },
    });
  }
  return { choices: best!.choices };
}
