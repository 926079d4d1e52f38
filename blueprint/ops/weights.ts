import type { BlueprintNode } from "@espalier/core";
import type { NodeWeight } from "./op.ts";
import { opOf } from "./table.ts";

/**
 * The arrays of a node: what is trained, and moving statistics.
 *
 * @param node The node.
 * @returns Names, roles and dimensions, in a fixed order.
 */
export function weightsOf(node: BlueprintNode): readonly NodeWeight[] {
  return opOf(node).weights?.(node) ?? [];
}

/** Dimensions of an array for given channels. */
export function dimensionsOf(
  { axes }: Pick<NodeWeight, "axes">,
  channels: { readonly in: number; readonly out: number },
): number[] {
  return axes.map((axis) => typeof axis === "number" ? axis : channels[axis]);
}
