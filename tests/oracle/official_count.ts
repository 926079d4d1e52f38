import { costOf, derive } from "@espalier/blueprint";
import type { Blueprint, Choices, CostModel, Decision } from "@espalier/core";

/**
 * The cost that the official code counts (F in the fixtures): that of the full-depth network less the
 * blocks that are cut. What follows a shortened stage is counted with the width of the discarded last
 * block, so it is not the true cost; Espalier uses the true one.
 */
export function officialCount(
  blueprint: Blueprint,
  { decisions, choices, model }: {
    decisions: readonly Decision[];
    choices: Choices;
    model: CostModel;
  },
): number {
  const exits = decisions.filter(({ effect }) => effect.kind === "exit");
  const deep = Object.fromEntries(exits.map(({ id, candidates }) => [id, candidates.at(-1)!]));
  const whole = derive(blueprint, { decisions, choices: { ...choices, ...deep } });
  const cut = exits.flatMap(({ id, effect }) => {
    const stage = blueprint.stages.find((s) => effect.kind === "exit" && s.id === effect.stage)!;
    return stage.blocks.slice(choices[id]).map((block) => `${block.id}/`);
  });
  const { byNode } = costOf(whole, model);
  return Object.entries(byNode)
    .filter(([node]) => !cut.some((prefix) => node.startsWith(prefix)))
    .reduce((total, [, cost]) => total + cost, 0);
}
