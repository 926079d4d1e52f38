import type { ConvNode, DepthwiseConvNode, Padding } from "@espalier/core";
import type { StockContext } from "./node_op.ts";
import { same } from "./stock_pool.ts";

/** The padding of a convolution as a setting of its layer where it has a name, else zeros in front. */
export function stockPadding(
  node: ConvNode | DepthwiseConvNode,
  { shapes }: StockContext,
): { readonly zeros: Padding; readonly padding: "same" | "valid" } {
  const input = shapes.get(node.inputs[0]!)!, output = shapes.get(node.id)!;
  const isSame = ([["height", 0], ["width", 1]] as const).every(([side, axis]) => {
    const stride = node.strides[axis], steps = output[side];
    const span = (steps - 1) * stride + (node.kernel[axis] - 1) * node.dilation[axis] + 1;
    const wanted = same(input[side], { steps, stride, span });
    const [before, after] = node.padding.slice(2 * axis);
    return before === wanted?.before && after === wanted?.after;
  });
  const isPadded = node.padding.some((count) => count > 0);
  return isSame && isPadded
    ? { zeros: [0, 0, 0, 0], padding: "same" }
    : { zeros: node.padding, padding: "valid" };
}
