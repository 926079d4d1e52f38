import type { UpsampleNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, imageLayers, layerName } from "./stock_parts.ts";

/** Each of the first `length` entries of [length, size] several times, by ops with gradients everywhere. */
function repeat(x: tf.Tensor2D, times: number): tf.Tensor {
  const [length, size] = x.shape;
  const each = x.reshape([length, 1, size]);
  return tf.concat(Array.from({ length: times }, () => each), 1);
}

/** An image whose rows and columns are repeated. */
export const upsample: NodeOp<UpsampleNode> = {
  evaluate(_, [x], { node: { size: [rows, columns] } }) {
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    const wide = repeat(x!.reshape([batch * height * width, channels]), columns);
    const all = repeat(wide.reshape([batch * height, width * columns * channels]), rows);
    return all.reshape([batch, height * rows, width * columns, channels]);
  },
  stock(node, context) {
    const layer = tf.layers.upSampling2d({
      name: layerName(node),
      size: [...node.size],
      interpolation: "nearest",
    });
    return imageLayers(bare(layer), { node, context });
  },
};
