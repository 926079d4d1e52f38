import type { ConvNode } from "@espalier/core";
import { convFields, norm, positive } from "./fields.ts";
import { MAKES, ONE, type Op, slide } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A convolution with its norm and activation. */
export const conv: Op<ConvNode> = {
  arity: ONE,
  fields: { ...convFields, channels: positive, searchNorm: norm.optional() },
  value: (node, [x], refuse) => ({
    ...slide(x!, { ...node, size: node.kernel }, refuse),
    channels: node.channels,
  }),
  channels: () => MAKES,
  narrow: (node, channels) => ({ ...node, channels }),
  weights: (node) => unitWeights({ role: "kernel", axes: [...node.kernel, "in", "out"] }, node),
};
