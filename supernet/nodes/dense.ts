import type { DenseNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { learned } from "../tape_pass.ts";
import type { NodeOp } from "./node_op.ts";
import { kernelLayer, layerName, ownActivation, stockActivation } from "./stock_parts.ts";
import { widthOf, withBias, withMixture } from "./unit.ts";

/** A fully connected layer, of features of which only the first may be there, at each position. */
export const dense: NodeOp<DenseNode> = {
  evaluate(pass, [x], { node, mix }) {
    const channels = x!.shape.at(-1)!, out = widthOf(node, mix);
    const kernel = learned(pass, node, { name: "kernel", in: channels, out });
    const y = tf.matMul(x!.reshape([-1, channels]), kernel as tf.Tensor2D)
      .reshape([...x!.shape.slice(0, -1), out]);
    return withMixture(pass, withBias(pass, y, node), { node, mix });
  },
  stock(node) {
    const layer = tf.layers.dense({
      ...{
        name: layerName(node),
        ...ownActivation(node),
        units: node.channels,
        useBias: node.bias,
        kernelInitializer: "zeros",
      },
    });
    return [kernelLayer(node, layer), ...stockActivation(node)];
  },
};
