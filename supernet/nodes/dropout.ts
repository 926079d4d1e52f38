import type { DropoutNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, layerName } from "./stock_parts.ts";

/**
 * Drop entries. Every node draws of its own, by the network's seed and the step. A rank draws for the
 * whole batch and takes the rows of its images.
 */
export const dropout: NodeOp<DropoutNode> = {
  evaluate({ training, step = 0, random, share }, [x], { node }) {
    if (!training) return tf.clone(x!);
    const seed = random.stream(`dropout/${node.id}`, step).integer(2 ** 31);
    if (share === undefined) return tf.dropout(x!, node.rate, undefined, seed);
    const { first, own, all } = share;
    const kept = tf.dropout(tf.ones([all, ...x!.shape.slice(1)]), node.rate, undefined, seed);
    return tf.mul(x!, tf.slice(kept, [first], [own]));
  },
  stock: (node) => bare(tf.layers.dropout({ name: layerName(node), rate: node.rate })),
};
