import { keepsZero } from "@espalier/blueprint";
import type { AddNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import { activated } from "../ops/activations.ts";
import { residualAdd } from "../ops/residual_add.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName, stockActivation } from "./stock_parts.ts";

/** A residual sum: the narrower is added into the first channels of the wider. */
export const add: NodeOp<AddNode> = {
  evaluate(_, [main, side], { node: { activation }, mask }) {
    const sum = activated(activation, (fused) => residualAdd([main!, side!], fused));
    return applyMask(sum, keepsZero(activation) ? undefined : mask);
  },
  stock(node) {
    return [...bare(tf.layers.add({ name: layerName(node) })), ...stockActivation(node)];
  },
};
