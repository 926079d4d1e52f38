import type { Blueprint, InputNode } from "@espalier/core";

/**
 * The images that enter a network: its first node, as `validateBlueprint` checks.
 *
 * @param blueprint A valid blueprint.
 * @returns The node; its `shape` is [height, width, channels].
 */
export function inputOf({ nodes }: Blueprint): InputNode {
  return nodes[0] as InputNode;
}
