import { dimensionsOf, ownWeightsOf } from "../ops/weights.ts";
import type { CostNode } from "@espalier/core";

/**
 * Trainable parameters of a node: kernel, bias, and the scale and offset of its norm. Moving
 * statistics are not trained, and norms of width candidates exist in the supernet alone.
 *
 * @example A dense layer with a bias
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { params } from "@espalier/blueprint";
 *
 * const count = params({
 *   node: { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
 *   input: { height: 1, width: 1, channels: 64 },
 *   output: { height: 1, width: 1, channels: 10 },
 * });
 * assertEquals(count, 64 * 10 + 10);
 * ```
 *
 * @param node The node, with what enters and leaves it.
 * @returns Numbers that training changes.
 */
export function params({ node, input, output }: CostNode): number {
  const channels = { in: input.channels, out: output.channels };
  return ownWeightsOf(node)
    .filter(({ role }) => role !== "mean" && role !== "variance")
    .map((weight) => dimensionsOf(weight, channels).reduce((a, b) => a * b))
    .reduce((a, b) => a + b, 0);
}
