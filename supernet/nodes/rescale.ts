import type { RescaleNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** x · scale + offset. */
export const rescale: NodeOp<RescaleNode> = {
  evaluate: (_, [x], { node: { scale, offset }, mask }) =>
    applyMask(x!.mul(scale).add(offset), offset === 0 ? undefined : mask),
  stock: (node) =>
    bare(tf.layers.rescaling({ name: layerName(node), scale: node.scale, offset: node.offset })),
};
