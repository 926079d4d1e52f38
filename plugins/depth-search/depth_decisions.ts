import type { Blueprint, Decision } from "@espalier/core";
import { oddDepths, proportionalDepths } from "./candidates.ts";
import type { DepthSearchOptions } from "./options.ts";

/** Name of the search space. */
export const SPACE = "depth-search";

/**
 * One decision for every stage that has more than one candidate (eq. 5): how many of its blocks stay.
 *
 * @param blueprint The unpruned network.
 * @param options The rule of the candidates.
 * @returns Decisions, in the order of the stages; each is named after its stage.
 */
export function depthDecisions(
  blueprint: Blueprint,
  { rule }: DepthSearchOptions,
): readonly Decision[] {
  const shortest = Math.min(...blueprint.stages.map(({ blocks }) => blocks.length));
  return blueprint.stages
    .map(({ id, blocks }): Decision => ({
      id,
      space: SPACE,
      candidates: rule === "odd"
        ? oddDepths(blocks.length)
        : proportionalDepths(blocks.length, shortest),
      effect: { kind: "exit", stage: id },
    }))
    .filter(({ candidates }) => candidates.length > 1);
}
