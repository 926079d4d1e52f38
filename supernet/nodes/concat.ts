import type { ConcatNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { joinFeatures, partsOf } from "../ops/rows.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** Concatenation along the channels. */
export const concat: NodeOp<ConcatNode> = {
  evaluate: (_, inputs, { plan }) =>
    joinFeatures(inputs.map((x, i) => partsOf(x, plan.extents[i]!))),
  stock: (node) => bare(tf.layers.concatenate({ name: layerName(node), axis: -1 })),
};
