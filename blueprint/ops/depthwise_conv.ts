import type { DepthwiseConvNode } from "@espalier/core";
import { convFields } from "./fields.ts";
import { KEEPS, ONE, type Op, slide } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A depthwise convolution with its norm and activation. */
export const depthwiseConv: Op<DepthwiseConvNode> = {
  arity: ONE,
  fields: convFields,
  value: (node, [x], refuse) => slide(x!, { ...node, size: node.kernel }, refuse),
  channels: () => KEEPS,
  weights: (node) => unitWeights({ role: "kernel", axes: [...node.kernel, "in", 1] }, node),
};
