import type { RescaleNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** As TensorFlow.js takes it. */
const factor = (value: number | readonly number[]) =>
  typeof value === "number" ? value : [...value];

/** x · scale + offset. */
export const rescale: NodeOp<RescaleNode> = {
  evaluate: (_, [x], { node: { scale, offset }, mask }) =>
    applyMask(x!.mul(factor(scale)).add(factor(offset)), offset === 0 ? undefined : mask),
  stock({ scale, offset, ...node }) {
    // Its types know one number; it computes with whatever a tensor can be made of.
    const settings = { scale: factor(scale) as number, offset: factor(offset) as number };
    return bare(tf.layers.rescaling({ name: layerName(node), ...settings }));
  },
};
