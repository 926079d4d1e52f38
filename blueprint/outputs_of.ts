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

/** Name of an input in the exported model. */
export function inputName({ id, source }: InputNode): string {
  return source?.layer ?? id.replaceAll("/", ".");
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

/**
 * Names of the outputs, as the exported model has them: those of the layers that give them.
 *
 * @param blueprint A valid blueprint.
 * @returns One each, in its order.
 */
export function outputNames(blueprint: Blueprint): readonly string[] {
  return outputsOf(blueprint).map(({ node: id, layer }) => {
    const { source } = blueprint.nodes.find((node) => node.id === id)!;
    return layer ?? source?.activation ?? source?.norm ?? source?.layer ?? id.replaceAll("/", ".");
  });
}
