import { weightOwner } from "@espalier/blueprint";
import type { OpaqueNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { opaqueLayer } from "../opaque_layer.ts";
import type { NodeOp } from "./node_op.ts";
import { layerName } from "./stock_parts.ts";

/** A sequence is an image of one row to all others. */
const imageShape = (shape: readonly number[]): number[] =>
  shape.length === 2 ? [1, ...shape] : [...shape];

/** A layer that only TensorFlow.js knows. What it drops by chance has no seed: it serves, always. */
export const opaque: NodeOp<OpaqueNode> = {
  evaluate({ layers }, inputs, { node }) {
    const given = inputs.map((x, i) => tf.reshape(x, [-1, ...node.reads[i]!]));
    const layer = layers!.get(weightOwner(node))!;
    const value = layer.apply(given.length === 1 ? given[0]! : given) as tf.Tensor;
    return tf.reshape(value, [-1, ...imageShape(node.shape)]);
  },
  stock(node) {
    const weights = node.weights.map((_, i) => `${node.id}/${i}`);
    return [{ layer: opaqueLayer(node, layerName(node)), weights }];
  },
};
