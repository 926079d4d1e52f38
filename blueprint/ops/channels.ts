import type { BlueprintNode, Shape } from "@espalier/core";
import type { ChannelRule } from "./op.ts";
import { opOf } from "./table.ts";

/**
 * Where the channels of a node's value come from.
 *
 * @param node The node.
 * @param inputs Shapes of its inputs.
 * @returns The rule.
 */
export function channelRule(node: BlueprintNode, inputs: readonly Shape[]): ChannelRule {
  return opOf(node).channels(node, inputs);
}

/** The input that decides which channels there are. */
export function leaderOf(
  rule: Exclude<ChannelRule, { kind: "makes" | "joins" | "spreads" }>,
): number {
  return rule.kind === "meets" ? rule.parts[0]! : 0;
}

/** Channels of a value, where some are left of what it is made of. */
export function channelsLeft(
  rule: Exclude<ChannelRule, { kind: "makes" }>,
  { left, sizes }: {
    /** Of each input the channels that are left. */
    readonly left: readonly (readonly number[])[];
    /** How many each had. */
    readonly sizes: readonly number[];
  },
): readonly number[] {
  if (rule.kind === "keeps" || rule.kind === "meets") return left[leaderOf(rule)]!;
  if (rule.kind === "spreads") {
    const each = Array.from({ length: rule.times }, (_, i) => i);
    return left[0]!.flatMap((channel) => each.map((i) => channel * rule.times + i));
  }
  let offset = 0;
  return rule.parts.flatMap((part) => {
    const start = offset;
    offset += sizes[part]!;
    return left[part]!.map((channel) => start + channel);
  });
}
