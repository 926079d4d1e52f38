import type { AddNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { residualAdd } from "../ops/residual_add.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName, stockActivation } from "./stock_parts.ts";

/** A residual sum: the narrower is added into the first channels of the wider. */
export const add: NodeOp<AddNode> = {
  evaluate: (_, [main, side], { node }) => residualAdd([main!, side!], node.activation),
  stock({ id, activation }) {
    const name = layerName(id);
    return [
      ...bare(tf.layers.add({ name })),
      ...stockActivation(`${name}.activation`, activation),
    ];
  },
};
