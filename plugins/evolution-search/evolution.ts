import type { Choices, Decision, RandomStream } from "@espalier/core";

/** What offspring are made with. */
export interface Breeding {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** Source of randomness. */
  readonly random: RandomStream;
}

/**
 * A copy in which each decision is drawn anew, uniformly among its candidates, with a probability.
 *
 * Source: Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling" (ECCV
 * 2020), algorithm 1, "Mutation".
 *
 * @param parent Choices.
 * @param options Decisions, probability, randomness.
 * @returns Choices; they may cost more or less.
 */
export function mutated(
  parent: Choices,
  { decisions, random, probability }: Breeding & { readonly probability: number },
): Choices {
  return Object.fromEntries(decisions.map(({ id, candidates }) => {
    const isDrawn = random.next() < probability;
    return [id, isDrawn ? candidates[random.integer(candidates.length)]! : parent[id]!];
  }));
}

/**
 * Choices of which each is that of one of two parents, at equal odds.
 *
 * Source: the same, "Crossover".
 *
 * @param parents Two choices.
 * @param options Decisions and randomness.
 * @returns Choices; they may cost more or less.
 */
export function crossed(
  [mother, father]: readonly [Choices, Choices],
  { decisions, random }: Breeding,
): Choices {
  return Object.fromEntries(
    decisions.map(({ id }) => [id, (random.integer(2) === 0 ? mother : father)[id]!]),
  );
}
