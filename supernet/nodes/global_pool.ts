import type { GlobalPoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** Mean over all positions. */
export const globalPool: NodeOp<GlobalPoolNode> = {
  evaluate: (_, [x]) => tf.mean(x!, [1, 2]),
  stock: ({ id }) => bare(tf.layers.globalAveragePooling2d({ name: layerName(id) })),
};
