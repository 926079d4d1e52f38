import type { PreluNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { learned } from "../tape_pass.ts";
import type { NodeOp } from "./node_op.ts";
import { layerName, readsSequence } from "./stock_parts.ts";

/** x above 0, x · a learned slope below. */
export const prelu: NodeOp<PreluNode> = {
  evaluate(pass, [x], { node }) {
    const channels = x!.shape.at(-1)!;
    const slope = learned(pass, node, { name: "slope", in: channels, out: channels });
    return tf.relu(x!).sub(tf.relu(x!.neg()).mul(slope));
  },
  stock(node, context) {
    const positions = readsSequence(node, context) ? node.positions.slice(1) : node.positions;
    const sharedAxes = positions.flatMap((size, axis) => size === 1 ? [axis + 1] : []);
    const layer = tf.layers.prelu({
      name: layerName(node),
      ...(sharedAxes.length > 0 && { sharedAxes }),
    });
    return [{ layer, weights: [`${node.id}/slope`] }];
  },
};
