import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { inferShapes } from "./infer_shapes.ts";
import { channelRule, leaderOf } from "./ops/channels.ts";

/** Channels of a value that one node made. */
export interface ChannelRun {
  /** The convolution, dense layer or input. */
  readonly maker: NodeId;
  /** How many. */
  readonly channels: number;
  /** How often each stands in a row. */
  readonly times: number;
}

/** Who made the channels of a value, from the first channel to the last; of a flattened one, often. */
export type ChannelRuns = readonly ChannelRun[];

/**
 * Who made the channels of each value. A sum counts as its first input, the main branch.
 *
 * @param blueprint The network.
 * @returns Runs by node.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function channelRuns(blueprint: Blueprint): ReadonlyMap<NodeId, ChannelRuns> {
  const shapes = inferShapes(blueprint);
  const runs = new Map<NodeId, ChannelRuns>();
  for (const node of blueprint.nodes) runs.set(node.id, runsOf(node));
  return runs;

  function runsOf(node: BlueprintNode): ChannelRuns {
    const rule = channelRule(node, node.inputs.map((id) => shapes.get(id)!));
    const sources = node.inputs.map((id) => runs.get(id)!);
    switch (rule.kind) {
      case "makes":
        return [{ maker: node.id, channels: shapes.get(node.id)!.channels, times: 1 }];
      case "keeps":
      case "meets":
        return sources[leaderOf(rule)]!;
      case "spreads":
        return sources[0]!.map(({ times, ...run }) => ({ ...run, times: times * rule.times }));
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
  return new Map([...channelRuns(blueprint)].map(([id, runs]) => [id, makersIn(runs)]));
}

/** All nodes that made channels of a value. */
export function makersIn(runs: ChannelRuns): ReadonlySet<NodeId> {
  return new Set(runs.map(({ maker }) => maker));
}

/**
 * Pairs of nodes whose channels meet one to one where two values are added.
 *
 * @param a One value.
 * @param b The other.
 * @returns Pairs, of `a` first; undefined where runs begin or end at unlike channels.
 */
export function pairsOf(
  a: ChannelRuns,
  b: ChannelRuns,
): readonly (readonly [NodeId, NodeId])[] | undefined {
  if (a.length !== b.length) return undefined;
  const pairs = a.map((run, i) => [run, b[i]!] as const);
  const meet = pairs.every(([{ channels, times }, other]) =>
    channels === other.channels && times === other.times
  );
  return meet ? pairs.map(([{ maker }, other]) => [maker, other.maker]) : undefined;
}
