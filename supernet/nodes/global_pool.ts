import type { GlobalPoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName, readsSequence } from "./stock_parts.ts";

/** Mean or maximum over all positions. */
export const globalPool: NodeOp<GlobalPoolNode> = {
  evaluate: (_, [x], { node }) => node.pool === "max" ? tf.max(x!, [1, 2]) : tf.mean(x!, [1, 2]),
  stock(node, context) {
    const { layers } = tf;
    const [most, mean] = readsSequence(node, context)
      ? [layers.globalMaxPooling1d, layers.globalAveragePooling1d]
      : [layers.globalMaxPooling2d, layers.globalAveragePooling2d];
    return bare((node.pool === "max" ? most : mean)({ name: layerName(node) }));
  },
};
