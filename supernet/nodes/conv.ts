import type { ConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { convolve } from "../ops/convolve.ts";
import { learned } from "../tape_pass.ts";
import { dilate } from "./dilate.ts";
import type { NodeOp } from "./node_op.ts";
import { stockPadding } from "./stock_padding.ts";
import {
  kernelLayer,
  layerName,
  ownActivation,
  stockActivation,
  stockNorm,
} from "./stock_parts.ts";
import { widthOf, withBias, withMixture } from "./unit.ts";

/** A convolution with its norm and activation. */
export const conv: NodeOp<ConvNode> = {
  evaluate(pass, [x], { node, plan, mix }) {
    const out = widthOf(node, mix);
    const kernel = learned(pass, node, { name: "kernel", in: x!.shape[3]!, out });
    const convolved = convolve(x as tf.Tensor4D, {
      kernel: dilate(kernel as tf.Tensor4D, node.dilation),
      strides: node.strides,
      padding: node.padding,
      inputGradient: plan.differentiable,
      kernelGradient: pass.frozen !== true,
    });
    return withMixture(pass, withBias(pass, convolved, node), { node, mix });
  },
  stock(node, context) {
    const { zeros, padding } = stockPadding(node, context);
    const layer = tf.layers.conv2d({
      ...{ name: layerName(node), ...ownActivation(node), padding },
      filters: node.channels,
      kernelSize: [...node.kernel],
      strides: [...node.strides],
      dilationRate: [...node.dilation] as [number, number],
      useBias: node.bias,
      kernelInitializer: "zeros",
    });
    return [
      ...zeros,
      kernelLayer(node, layer),
      ...stockNorm(node, layerName(node, "norm")),
      ...stockActivation(node),
    ];
  },
};
