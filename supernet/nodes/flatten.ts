import type { FlattenNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { joinFeatures, partsOf } from "../ops/rows.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** A value as a vector: the channels once a position. */
export const flatten: NodeOp<FlattenNode> = {
  evaluate: (_, [x], { plan }) =>
    joinFeatures([
      partsOf(x!, plan.extents[0]!).map((part) => tf.reshape(part, [x!.shape[0]!, -1])),
    ]),
  stock(node, { ranks }) {
    return ranks.get(node.inputs[0]!) === 1
      ? []
      : bare(tf.layers.flatten({ name: layerName(node) }));
  },
};
