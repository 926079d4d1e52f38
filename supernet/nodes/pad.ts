import type { PadNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { NodeOp } from "./node_op.ts";
import { bare, imageLayers, layerName } from "./stock_parts.ts";

/** Zeros around an image. */
export const pad: NodeOp<PadNode> = {
  evaluate(_, [x], { node: { padding: [top, bottom, left, right] } }) {
    return tf.pad(x!, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  },
  stock(node, context) {
    const [top, bottom, left, right] = node.padding;
    const padding: [[number, number], [number, number]] = [[top, bottom], [left, right]];
    const layers = bare(tf.layers.zeroPadding2d({ name: layerName(node), padding }));
    return imageLayers(layers, { node, context });
  },
};
