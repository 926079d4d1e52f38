import type { ReshapeNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** The same numbers in another shape; with as many channels as there are, where they stay. */
export const reshape: NodeOp<ReshapeNode> = {
  evaluate(_, [x], { node: { shape }, plan: { channels } }) {
    const last = channels.kind === "makes" ? shape.at(-1)! : x!.shape.at(-1)!;
    return tf.reshape(x!, [x!.shape[0]!, ...shape.slice(0, -1), last]);
  },
  stock: ({ id, shape }) =>
    bare(tf.layers.reshape({ name: layerName(id), targetShape: [...shape] })),
};
