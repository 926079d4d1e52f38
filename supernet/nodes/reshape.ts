import type { ReshapeNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/** A sequence is an image of one row. */
const imageShape = (shape: ReshapeNode["shape"]): readonly number[] =>
  shape.length === 2 ? [1, ...shape] : shape;

/** The same numbers in another shape; with as many channels as there are, where they stay. */
export const reshape: NodeOp<ReshapeNode> = {
  evaluate(_, [x], { node: { shape }, plan: { channels } }) {
    const last = channels.kind === "makes" ? shape.at(-1)! : x!.shape.at(-1)!;
    return tf.reshape(x!, [x!.shape[0]!, ...imageShape(shape).slice(0, -1), last]);
  },
  stock: (node) => bare(tf.layers.reshape({ name: layerName(node), targetShape: [...node.shape] })),
};
