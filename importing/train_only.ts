import { namesNode } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";

/**
 * Let opaque layers be trained that patterns name, and no others.
 *
 * @param patterns Names of nodes or layers, in which `*` stands for any letters.
 * @param blueprint Name and nodes of the network, whose opaque layers train what can be trained.
 * @returns The nodes.
 * @throws {EspalierError} ERR_CONFIG_INVALID if a pattern names no opaque layer with weights to train.
 */
export function trainOnly(
  patterns: readonly string[],
  { name, nodes }: Pick<Blueprint, "name" | "nodes">,
): readonly BlueprintNode[] {
  const able = nodes.filter((node) => node.op === "opaque" && node.trained.length > 0);
  const idle = patterns.find((pattern) => !able.some((node) => namesNode(pattern, node)));
  if (idle !== undefined) {
    const found = able.map(({ id }) => `"${id}"`).join(", ");
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot train "${idle}" of "${name}" as "trainOpaque" names layers that TensorFlow.js runs and ` +
        `that have weights: ${found === "" ? "there are none" : `it has ${found}`}.`,
    );
  }
  return nodes.map((node) =>
    node.op === "opaque" && !patterns.some((pattern) => namesNode(pattern, node))
      ? { ...node, trained: [] }
      : node
  );
}
