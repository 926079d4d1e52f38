import type { MergeNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import { firstChannels } from "../ops/rows.ts";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

type By = MergeNode["by"];

const FUNCTIONS: Readonly<Record<By, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  multiply: (a, b) => tf.mul(a, b),
  average: (a, b) => tf.add(a, b),
  maximum: (a, b) => tf.maximum(...alike(a, b)),
  minimum: (a, b) => tf.minimum(...alike(a, b)),
};

/** Both of one shape: TensorFlow.js spreads the value of a maximum, but not its gradient. */
function alike(a: tf.Tensor, b: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const shape = a.shape.map((size, axis) => Math.max(size, b.shape[axis]!));
  const spread = (x: tf.Tensor) => x.shape.join() === shape.join() ? x : tf.add(x, tf.zeros(shape));
  return [spread(a), spread(b)];
}

/**
 * An element-wise function of several values. Where a sum in front is wider than what it is merged
 * with, its first channels count. One channel for all stands for none of those that are not there.
 */
export const merge: NodeOp<MergeNode> = {
  evaluate(_, inputs, { node: { by }, plan: { channels }, mask }) {
    const parts = channels.kind === "meets" ? channels.parts : [];
    const width = Math.min(...parts.map((part) => inputs[part]!.shape.at(-1)!));
    const met = inputs.map((x, i) => parts.includes(i) ? firstChannels(x, width) : x);
    const merged = met.reduce(FUNCTIONS[by]);
    return applyMask(by === "average" ? merged.div(inputs.length) : merged, mask);
  },
  stock: (node) => bare(tf.layers[node.by]({ name: layerName(node) })),
};
