import type { BlueprintNode, NodeId, Shape } from "@espalier/core";
import { channelRule, leaderOf } from "./ops/channels.ts";
import type { ChannelRule } from "./ops/op.ts";
import type { WidestShapes } from "./widest.ts";

/** Channels of a value in the unpruned network, and in the supernet: at least as many. */
export interface Extent {
  /** In the unpruned network. */
  readonly unpruned: number;
  /** In the supernet. */
  readonly widest: number;
}

/** Shapes of all values, in the unpruned network and in the supernet. */
export interface ShapesOf {
  /** In the unpruned network. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** In the supernet. */
  readonly widest: WidestShapes;
}

/** Of a node's inputs; of the parts that it joins, as many of a flattened image as it has positions. */
export function extentsOf(node: BlueprintNode, { shapes, widest }: ShapesOf): Extent[] {
  const rule = channelRule(node, node.inputs.map((id) => shapes.get(id)!));
  const extents = node.inputs.map((id) => ({
    unpruned: shapes.get(id)!.channels,
    widest: widest.read.get(id)!.channels,
  }));
  return rule.kind === "joins" ? rule.parts.map((part) => extents[part]!) : extents;
}

/**
 * Numbers of the channels of joined values. Those of the unpruned values come first, as in the
 * unpruned network; what wider values have more is numbered behind all of them.
 */
export function joinedChannels(
  parts: readonly (readonly number[])[],
  extents: readonly Extent[],
): readonly number[] {
  if (parts.length === 1) return parts[0]!;
  let head = 0, tail = extents.reduce((total, { unpruned }) => total + unpruned, 0);
  return parts.flatMap((channels, i) => {
    const { unpruned, widest } = extents[i]!;
    const [first, more] = [head, tail - unpruned];
    head += unpruned;
    tail += widest - unpruned;
    return channels.map((channel) => (channel < unpruned ? first : more) + channel);
  });
}

/**
 * Channels of a value, where some are left of what it is made of. Channels that the unpruned value
 * lacks are numbered behind all of its own.
 *
 * @param rule Where they come from.
 * @param options What is left of each input, and {@linkcode extentsOf} the node.
 * @returns Their numbers in the value, in the order in which a derived network has them.
 */
export function channelsLeft(
  rule: Exclude<ChannelRule, { kind: "makes" }>,
  { left, extents }: {
    readonly left: readonly (readonly number[])[];
    readonly extents: readonly Extent[];
  },
): readonly number[] {
  switch (rule.kind) {
    case "keeps":
    case "meets":
      return left[leaderOf(rule)]!;
    case "spreads": {
      const each = Array.from({ length: rule.times }, (_, i) => i);
      return left[0]!.flatMap((channel) => each.map((i) => channel * rule.times + i));
    }
    case "joins":
      return joinedChannels(rule.parts.map((part) => left[part]!), extents);
  }
}
