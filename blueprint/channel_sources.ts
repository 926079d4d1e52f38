import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { inferShapes } from "./infer_shapes.ts";
import { channelRule, leaderOf } from "./ops/channels.ts";

/** The channels that nodes make, numbered node after node, and where they are in values. */
export interface ChannelSources {
  /** By number of a made channel: the node that makes it. */
  readonly makers: readonly NodeId[];
  /**
   * By node: which made channels those of its value are, from the first to the last. One that stands
   * several times occurs several times. A sum counts as its first input, the main branch.
   */
  readonly values: ReadonlyMap<NodeId, readonly number[]>;
}

/**
 * Who made the channels of each value.
 *
 * @param blueprint The network.
 * @returns Made channels, and those of each value.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function channelSources(blueprint: Blueprint): ChannelSources {
  const shapes = inferShapes(blueprint);
  const makers: NodeId[] = [];
  const values = new Map<NodeId, readonly number[]>();
  for (const node of blueprint.nodes) values.set(node.id, channelsOf(node));
  return { makers, values };

  function channelsOf(node: BlueprintNode): readonly number[] {
    const rule = channelRule(node, node.inputs.map((id) => shapes.get(id)!));
    const sources = node.inputs.map((id) => values.get(id)!);
    switch (rule.kind) {
      case "makes":
        return Array.from(
          { length: shapes.get(node.id)!.channels },
          () => makers.push(node.id) - 1,
        );
      case "keeps":
      case "meets":
        return sources[leaderOf(rule)]!;
      case "spreads":
        return sources[0]!.flatMap((channel) => new Array<number>(rule.times).fill(channel));
      case "joins":
        return rule.parts.flatMap((part) => sources[part]!);
    }
  }
}

/**
 * The nodes that made the channels of each value: convolutions, dense layers, inputs. A sum counts as its
 * first input, the main branch.
 *
 * @param blueprint The network.
 * @returns Makers by node.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function channelMakers(blueprint: Blueprint): ReadonlyMap<NodeId, ReadonlySet<NodeId>> {
  const { makers, values } = channelSources(blueprint);
  return new Map(
    [...values].map(([id, channels]) => [id, new Set(channels.map((each) => makers[each]!))]),
  );
}
