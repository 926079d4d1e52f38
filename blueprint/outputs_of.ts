import type { Blueprint, InputNode, OutputSpec } from "@espalier/core";

/**
 * The inputs of a network, in the order in which it takes them.
 *
 * @param blueprint A valid blueprint.
 * @returns At least one.
 */
export function inputsOf({ nodes }: Blueprint): readonly InputNode[] {
  return nodes.filter((node) => node.op === "input");
}

/**
 * What an exported network gives, in its order.
 *
 * @param blueprint A valid blueprint.
 * @returns At least one, the first of the node `output`.
 */
export function outputsOf({ output, outputs }: Blueprint): readonly OutputSpec[] {
  return outputs ?? [{ node: output }];
}
