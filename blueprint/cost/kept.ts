import type { Choices, Decision, DecisionId } from "@espalier/core";
import { channelsName } from "../layer_parts.ts";

/** What {@linkcode keptOf} works with. */
export interface KeptOfOptions {
  /** What there was to choose. */
  readonly decisions: readonly Decision[];
  /** Channels of a decision by decreasing importance. Absent: the first ones are kept. */
  readonly ranking: Readonly<Record<DecisionId, readonly number[]>>;
}

/**
 * The most important channels, ascending. Where there are more than a ranking has, channels that the
 * unpruned node lacks follow.
 */
export function mostImportant(ranking: readonly number[], count: number): number[] {
  const more = Array.from(
    { length: Math.max(0, count - ranking.length) },
    (_, i) => ranking.length + i,
  );
  return [...ranking.slice(0, count), ...more].sort((a, b) => a - b);
}

/**
 * The channels that each layer or slice keeps when every decision keeps its most important ones.
 *
 * @example The two most important of three channels, in their order
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Decision } from "@espalier/core";
 * import { keptOf } from "@espalier/blueprint";
 *
 * const decision: Decision = {
 *   id: "conv",
 *   space: "width",
 *   candidates: [2, 3],
 *   effect: { kind: "channels", nodes: ["conv", "shortcut"] },
 * };
 * const kept = keptOf({ conv: 2 }, { decisions: [decision], ranking: { conv: [2, 0, 1] } });
 * assertEquals(kept, { conv: [0, 2], shortcut: [0, 2] });
 * ```
 *
 * @param choices What was chosen.
 * @param options Decisions and ranking.
 * @returns Kept channels by layer or slice (`a[4:8]`), ascending and counted from its first one; those
 * whose decision has no ranking are left out.
 */
export function keptOf(
  choices: Choices,
  { decisions, ranking }: KeptOfOptions,
): Readonly<Record<string, readonly number[]>> {
  const kept: Record<string, readonly number[]> = {};
  for (const { id, effect } of decisions) {
    const order = ranking[id];
    if (effect.kind !== "channels" || order === undefined) continue;
    const channels = mostImportant(order, choices[id]!);
    for (const some of effect.nodes) kept[channelsName(some)] = channels;
  }
  return kept;
}
