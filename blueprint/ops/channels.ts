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
