import type { GlobalPoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** Mean or maximum over all positions. */
export const globalPool: NodeOp<GlobalPoolNode> = {
  evaluate: (_, [x], { node }) => node.pool === "max" ? tf.max(x!, [1, 2]) : tf.mean(x!, [1, 2]),
  stock(node) {
    const name = layerName(node);
    return bare(
      node.pool === "max"
        ? tf.layers.globalMaxPooling2d({ name })
        : tf.layers.globalAveragePooling2d({ name }),
    );
  },
};
