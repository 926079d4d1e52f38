import { isMaker, widthGroups } from "@espalier/blueprint";
import type { Blueprint, Decision } from "@espalier/core";
import { widthCandidates } from "./candidates.ts";
import type { WidthSearchOptions } from "./options.ts";

/** Name of the search space. */
export const SPACE = "width-search";

/**
 * One decision for every layer whose width is free, or every group of them that must agree:
 * the shortcut follows the last convolution of its block. The classifier is not searched.
 *
 * @example One convolution before the classifier
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { conv } from "@espalier/blueprint";
 * import { widthDecisions } from "@espalier/plugin-width-search";
 *
 * const blueprint = {
 *   name: "tiny",
 *   nodes: [
 *     { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
 *     conv({ id: "stem", input: "images", kernel: 3, channels: 10 }),
 *     { id: "pool", op: "global-pool", inputs: ["stem"] },
 *     { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
 *   ],
 *   stages: [],
 *   output: "classifier",
 * } as const;
 * const decisions = widthDecisions(blueprint, { ratios: [0.5, 1], residual: "project" });
 * assertEquals(decisions.map(({ id, candidates }) => [id, candidates]), [["stem", [5, 10]]]);
 * ```
 *
 * @param blueprint The unpruned network.
 * @param options Ratios, and the treatment of residual sums.
 * @returns Decisions, in the order of the network; each is named after the first node of its group.
 */
export function widthDecisions(
  blueprint: Blueprint,
  { ratios, residual }: WidthSearchOptions,
): readonly Decision[] {
  const channels = new Map(
    blueprint.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]),
  );
  return widthGroups(blueprint, { residual }).map((nodes) => {
    const id = nodes[0]!;
    const unpruned = channels.get(id)!;
    const candidates = widthCandidates(unpruned, ratios);
    const grows = candidates.at(-1)! > unpruned;
    return {
      ...{ id, space: SPACE, candidates, ...(grows && { unpruned }) },
      effect: { kind: "channels", nodes },
    };
  });
}
