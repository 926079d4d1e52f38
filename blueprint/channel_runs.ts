import type { Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { inferShapes } from "./infer_shapes.ts";

/** Channels of a value that one node made. */
interface Run {
  /** The convolution, dense layer or input. */
  readonly maker: NodeId;
  /** How many. */
  readonly channels: number;
}

/** The features of a flattened image: its channels once a position. */
interface Flattened {
  /** Rows · columns. */
  readonly positions: number;
  /** The channels at one position. */
  readonly of: ChannelRuns;
}

/** Who made the channels of a value, from the first channel to the last. */
export type ChannelRuns = readonly (Run | Flattened)[];

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

  function runsOf({ id, op, inputs }: BlueprintNode): ChannelRuns {
    const sources = inputs.map((input) => runs.get(input)!);
    switch (op) {
      case "input":
      case "conv":
      case "dense":
        return [{ maker: id, channels: shapes.get(id)!.channels }];
      case "concat":
        return sources.flat();
      case "flatten": {
        const { height, width } = shapes.get(inputs[0]!)!;
        return height * width === 1
          ? sources[0]!
          : [{ positions: height * width, of: sources[0]! }];
      }
      default:
        return sources[0]!;
    }
  }
}

/** All nodes that made channels of a value. */
export function makersIn(runs: ChannelRuns): NodeId[] {
  return runs.flatMap((run) => "maker" in run ? [run.maker] : makersIn(run.of));
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
  const pairs: (readonly [NodeId, NodeId])[] = [];
  for (const [i, left] of a.entries()) {
    const right = b[i]!;
    const found = "maker" in left
      ? "maker" in right && left.channels === right.channels
        ? [[left.maker, right.maker] as const]
        : undefined
      : "of" in right && left.positions === right.positions
      ? pairsOf(left.of, right.of)
      : undefined;
    if (found === undefined) return undefined;
    pairs.push(...found);
  }
  return pairs;
}
