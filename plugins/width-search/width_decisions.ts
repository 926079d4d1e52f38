import {
  channelMakers,
  channelsName,
  isMaker,
  layerOf,
  sliceOf,
  widthGroups,
} from "@espalier/blueprint";
import type { Blueprint, Decision, NodeId } from "@espalier/core";
import { widthCandidates } from "./candidates.ts";
import type { WidthLimits, WidthSearchOptions } from "./options.ts";
import { named } from "./patterns.ts";

/** Name of the search space. */
export const SPACE = "width-search";

/**
 * One decision for every layer whose width is free, or every group of layers and slices of them that
 * must agree: the shortcut follows the last convolution of its block. The classifier is not searched.
 * Limits hold for each slice of a layer that is decided in several.
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
 * @param options Ratios, the treatment of residual sums, limits, and what stays.
 * @returns Decisions, in the order of the network; each is named after the first layer of its group, or
 * as `a[4:8]` after the first slice of one.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a pattern that names no layer.
 */
export function widthDecisions(
  blueprint: Blueprint,
  options: WidthSearchOptions,
): readonly Decision[] {
  const { ratios, residual } = options;
  const stays = ignored(blueprint, options);
  const limitsOf = limitsIn(blueprint, options);
  const channels = new Map(
    blueprint.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]),
  );
  const groups = widthGroups(blueprint, { residual }).filter((nodes) =>
    stays.isDisjointFrom(new Set(nodes.map(layerOf)))
  );
  return groups.map((nodes) => {
    const leader = nodes[0]!;
    const unpruned = sliceOf(leader, channels.get(layerOf(leader))!).count;
    const limits = strictest(nodes.map(layerOf).map(limitsOf));
    const candidates = widthCandidates(unpruned, ratios, limits);
    const grows = candidates.at(-1)! > unpruned;
    return {
      ...{ id: channelsName(leader), space: SPACE, candidates, ...(grows && { unpruned }) },
      effect: { kind: "channels", nodes },
    };
  });
}

/** Nodes whose channels stay: those that are ignored, and those that ignored inputs come from. */
function ignored(
  blueprint: Blueprint,
  { ignore = [], ignoreInputs = [] }: WidthSearchOptions,
): ReadonlySet<NodeId> {
  const makers = channelMakers(blueprint);
  const read = ignoreInputs.flatMap((pattern) => named(blueprint, pattern))
    .flatMap(({ inputs }) => inputs.flatMap((input) => [...makers.get(input)!]));
  const own = ignore.flatMap((pattern) => named(blueprint, pattern)).map(({ id }) => id);
  return new Set([...read, ...own]);
}

/** The limits of a node: of the last pattern that names it, else of all. */
function limitsIn(
  blueprint: Blueprint,
  { layers = {}, divisor, minChannels, maxPruned }: WidthSearchOptions,
): (node: NodeId) => WidthLimits {
  const all: WidthLimits = { divisor, minChannels, maxPruned };
  const own = new Map(
    Object.entries(layers).flatMap(([pattern, limits]) =>
      named(blueprint, pattern).map(({ id }) => [id, { ...all, ...limits }] as const)
    ),
  );
  return (node) => own.get(node) ?? all;
}

/** Limits that satisfy all of some. */
function strictest(limits: readonly WidthLimits[]): WidthLimits {
  const all = (name: keyof WidthLimits) => limits.map((each) => each[name] ?? 1);
  return {
    divisor: all("divisor").reduce(leastCommonMultiple),
    minChannels: Math.max(...all("minChannels")),
    maxPruned: Math.min(...all("maxPruned")),
  };
}

function leastCommonMultiple(a: number, b: number): number {
  const divide = (x: number, y: number): number => y === 0 ? x : divide(y, x % y);
  return a * b / divide(a, b);
}
