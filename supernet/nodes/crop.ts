import type { CropNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, imageLayers, layerName } from "./stock_parts.ts";

/** The inner part of an image. */
export const crop: NodeOp<CropNode> = {
  evaluate(_, [x], { node: { padding: [top, bottom, left, right] } }) {
    const [, height, width] = x!.shape as [number, number, number];
    const size = [-1, height - top - bottom, width - left - right, -1];
    return tf.slice(x!, [0, top, left, 0], size);
  },
  stock(node, context) {
    const [top, bottom, left, right] = node.padding;
    const cropping: [[number, number], [number, number]] = [[top, bottom], [left, right]];
    const layers = bare(tf.layers.cropping2D({ name: layerName(node), cropping }));
    return imageLayers(layers, { node, context });
  },
};
