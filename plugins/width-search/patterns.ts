import { namesNode } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";

/**
 * The nodes that a pattern names.
 *
 * @param blueprint The network.
 * @param pattern A name, in which `*` stands for any letters.
 * @returns At least one node.
 * @throws {EspalierError} ERR_CONFIG_INVALID if it names none: a misspelt one would silently do nothing.
 */
export function named({ name, nodes }: Blueprint, pattern: string): readonly BlueprintNode[] {
  const found = nodes.filter((node) => namesNode(pattern, node));
  if (found.length > 0) return found;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot search widths of "${name}" as patterns name layers: "${pattern}" names none. Its nodes: ${
      nodes.slice(0, 6).map(({ id }) => id).join(", ")
    } …`,
  );
}
