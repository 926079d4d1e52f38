import type { BlueprintNode, NodeBase, NodeId, Origin } from "@espalier/core";
import type { NodeWeight } from "./op.ts";
import { opOf } from "./table.ts";

/**
 * The arrays that a node uses: what is trained, and moving statistics.
 *
 * @param node The node.
 * @returns Names, roles and dimensions, in a fixed order.
 */
export function weightsOf(node: BlueprintNode): readonly NodeWeight[] {
  return opOf(node).weights?.(node) ?? [];
}

/** The arrays that are a node's own: none, where it uses those of another. */
export function ownWeightsOf(node: BlueprintNode): readonly NodeWeight[] {
  return node.sharesWeightsOf === undefined ? weightsOf(node) : [];
}

/** The node whose arrays a node uses: itself, or the one that it shares them with. */
export const weightOwner = ({ id, sharesWeightsOf = id }: NodeBase): NodeId => sharesWeightsOf;

/** Dimensions of an array for given channels. */
export function dimensionsOf(
  { axes }: Pick<NodeWeight, "axes">,
  channels: { readonly in: number; readonly out: number },
): number[] {
  return axes.map((axis) => typeof axis === "number" ? axis : channels[axis]);
}

/** Which entries of an axis a derived node took of the unpruned array. */
export function placesOf(
  axis: NodeWeight["axes"][number],
  { inputs, outputs }: Origin,
): readonly number[] {
  if (axis === "in") return inputs;
  return axis === "out" ? outputs : Array.from({ length: axis }, (_, i) => i);
}
