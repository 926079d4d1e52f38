import type { Choices, SearchContext, SearchResult } from "@espalier/core";
import type { RandomSearchOptions } from "./options.ts";

/** The part of a search context that random search uses. */
export type RandomSearchContext = Pick<SearchContext, "cost" | "progress" | "score" | "uniform">;

interface Scored {
  readonly choices: Choices;
  readonly accuracy: number;
}

/** Scores each architecture once. Equal choices have equal JSON, as decisions have a fixed order. */
function createScorer(context: RandomSearchContext): (choices: Choices) => Promise<number> {
  const scores = new Map<string, number>();
  return async (choices) => {
    const key = JSON.stringify(choices);
    const accuracy = scores.get(key) ?? await context.score(choices);
    scores.set(key, accuracy);
    return accuracy;
  };
}

/**
 * Draw architectures uniformly inside the budget's zone and keep the one with the highest accuracy;
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
  const score = createScorer(context);
  let best: Scored | undefined;
  for (let index = 0; index < candidates; index++) {
    const choices = context.uniform({ name: "random-search", index });
    const accuracy = await score(choices);
    if (best === undefined || accuracy > best.accuracy) best = { choices, accuracy };
    await context.progress({
      epoch: index,
      epochs: candidates,
      images: 0,
      accuracy,
      cost: context.cost(choices),
      values: { best: best.accuracy },
    });
  }
  return { choices: best!.choices };
}
