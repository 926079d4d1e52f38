import type { CostNode } from "@espalier/core";

/**
 * Trainable parameters of a node: kernel, bias, and the scale and offset of its norm. Moving
 * statistics are not trained, and norms of width candidates exist in the supernet alone.
 *
 * @example A dense layer with a bias
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { params } from "@espalier/plugin-flops";
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
  switch (node.op) {
    case "conv":
    case "depthwise-conv": {
      const taps = node.kernel[0] * node.kernel[1] * (node.op === "conv" ? input.channels : 1);
      return output.channels * (taps + (node.bias ? 1 : 0) + (node.norm ? 2 : 0));
    }
    case "norm":
      return 2 * output.channels;
    case "dense":
      return output.channels * (input.channels + (node.bias ? 1 : 0));
    default:
      return 0;
  }
}
