import type { Choices, Decision, RandomStream } from "@espalier/core";

/**
 * The same choices but for one decision, which takes the candidate beside its own.
 *
 * @param choices Where one is.
 * @param options The decisions, and a source of chance.
 * @returns Other choices, unless no decision has two candidates.
 */
export function neighbour(
  choices: Choices,
  { decisions, random }: {
    readonly decisions: readonly Decision[];
    readonly random: RandomStream;
  },
): Choices {
  const free = decisions.filter(({ candidates }) => candidates.length > 1);
  if (free.length === 0) return choices;
  const { id, candidates } = free[random.integer(free.length)]!;
  const at = candidates.indexOf(choices[id]!);
  const isUp = at === 0 || at < candidates.length - 1 && random.integer(2) === 1;
  return { ...choices, [id]: candidates[isUp ? at + 1 : at - 1]! };
}
