import type { BlueprintNode, NodeId, Shape } from "@espalier/core";
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

/** Of the values that a node joins: its inputs, or for a flattened image one a position. */
export function extentsOf({ op, inputs }: BlueprintNode, { shapes, widest }: ShapesOf): Extent[] {
  const extents = inputs.map((id) => ({
    unpruned: shapes.get(id)!.channels,
    widest: widest.read.get(id)!.channels,
  }));
  if (op !== "flatten") return extents;
  const { height, width } = shapes.get(inputs[0]!)!;
  return Array.from({ length: height * width }, () => extents[0]!);
}

/**
 * Numbers of the channels of joined values. Those of the unpruned values come first, as in the
 * unpruned network; what wider values have more is numbered behind all of them.
 *
 * @param parts Channels of each value, by their numbers in it.
 * @param extents How many each value may have.
 * @returns Their numbers in the joined value, in the order of the parts.
 */
export function joinedChannels(
  parts: readonly (readonly number[])[],
  extents: readonly Extent[],
): number[] {
  let head = 0, tail = extents.reduce((total, { unpruned }) => total + unpruned, 0);
  return parts.flatMap((channels, i) => {
    const { unpruned, widest } = extents[i]!;
    const [first, more] = [head, tail - unpruned];
    head += unpruned;
    tail += widest - unpruned;
    return channels.map((channel) => (channel < unpruned ? first : more) + channel);
  });
}
