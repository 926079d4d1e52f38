import type { DepthwiseConvNode } from "@espalier/core";
import { convFields, positive } from "./fields.ts";
import { KEEPS, ONE, type Op, slide } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A depthwise convolution with its norm and activation. */
export const depthwiseConv: Op<DepthwiseConvNode> = {
  arity: ONE,
  fields: { ...convFields, multiplier: positive.optional() },
  value(node, [x], refuse) {
    const { channels, ...rest } = slide(x!, { ...node, size: node.kernel }, refuse);
    return { ...rest, channels: channels * (node.multiplier ?? 1) };
  },
  channels: ({ multiplier: times = 1 }) => times === 1 ? KEEPS : { kind: "spreads", times },
  weights: (node) =>
    unitWeights({ role: "kernel", axes: [...node.kernel, "in", node.multiplier ?? 1] }, node),
};
