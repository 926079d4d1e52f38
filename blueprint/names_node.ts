import type { BlueprintNode } from "@espalier/core";

/**
 * Whether a pattern names a node: by its id, or by its author's name for the layer.
 *
 * @param pattern A name, in which `*` stands for any letters.
 * @param node The node.
 * @returns Whether it does.
 */
export function namesNode(pattern: string, { id, source }: BlueprintNode): boolean {
  const letters = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${letters.join(".*")}$`);
  return [id, source?.layer, source?.path].some((name) =>
    name !== undefined && expression.test(name)
  );
}
