import type { NodeWeight } from "../ops/op.ts";
import { dimensionsOf, weightsOf } from "../ops/weights.ts";
import type { CostNode } from "@espalier/core";

/** Whether an array multiplies what enters. */
const isKernel = ({ role, axes }: NodeWeight): boolean =>
  role === "kernel" || role === "dense" ||
  ((role === "opaque" || role === "fixed") && axes.length > 1);

/**
 * Multiply-adds of a node for one image: those of convolutions and dense layers, biases left out.
 * Norms, activations, sums, pooling and aggregation are not counted. The matrices of opaque layers
 * count once a position of what enters, as those of recurrent ones are used.
 *
 * @example A 3×3 convolution on 32×32 positions, 3 to 16 channels
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { macs } from "@espalier/blueprint";
 *
 * const cost = macs({
 *   node: {
 *     id: "stem",
 *     op: "conv",
 *     inputs: ["images"],
 *     kernel: [3, 3],
 *     strides: [1, 1],
 *     padding: [1, 1, 1, 1],
 *     dilation: [1, 1],
 *     bias: false,
 *     channels: 16,
 *   },
 *   input: { height: 32, width: 32, channels: 3 },
 *   output: { height: 32, width: 32, channels: 16 },
 * });
 * assertEquals(cost, 3 * 3 * 32 * 32 * 3 * 16);
 * ```
 *
 * @param node The node, with what enters and leaves it.
 * @returns Multiply-adds.
 */
export function macs({ node, input, output }: CostNode): number {
  const channels = { in: input.channels, out: output.channels };
  return weightsOf(node).filter(isKernel).reduce((sum, kernel) => {
    const { height, width } = kernel.slides === "in" ? input : output;
    return sum + dimensionsOf(kernel, channels).reduce((a, b) => a * b, height * width);
  }, 0);
}
