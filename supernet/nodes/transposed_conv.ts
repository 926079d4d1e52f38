import type { TransposedConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { learned } from "../tape_pass.ts";
import type { NodeOp } from "./node_op.ts";
import {
  imageLayers,
  kernelLayer,
  layerName,
  ownActivation,
  stockActivation,
  stockNorm,
} from "./stock_parts.ts";
import { widthOf, withBias, withMixture } from "./unit.ts";

/** A transposed convolution with its norm and activation. */
export const transposedConv: NodeOp<TransposedConvNode> = {
  evaluate(pass, [x], { node, plan: { shape: { height, width } }, mix }) {
    const out = widthOf(node, mix);
    const kernel = learned(pass, node, { name: "kernel", in: x!.shape[3]!, out });
    const convolved = tf.conv2dTranspose(
      x as tf.Tensor4D,
      kernel as tf.Tensor4D,
      [x!.shape[0]!, height, width, out],
      [...node.strides],
      node.padding,
    );
    return withMixture(pass, withBias(pass, convolved, node), { node, mix });
  },
  stock(node, context) {
    const layer = tf.layers.conv2dTranspose({
      ...{ name: layerName(node), ...ownActivation(node) },
      filters: node.channels,
      kernelSize: [...node.kernel],
      strides: [...node.strides],
      padding: node.padding,
      useBias: node.bias,
      kernelInitializer: "zeros",
    });
    return [
      ...imageLayers([kernelLayer(node, layer)], { node, context }),
      ...stockNorm(node, layerName(node, "norm")),
      ...stockActivation(node),
    ];
  },
};
