import type { ConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { convolve } from "../ops/convolve.ts";
import { learned } from "../tape_pass.ts";
import { dilate } from "./dilate.ts";
import type { NodeOp } from "./node_op.ts";
import { kernelLayer, layerName, stockActivation, stockNorm, stockPad } from "./stock_parts.ts";
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
  stock(node) {
    const name = layerName(node.id);
    const layer = tf.layers.conv2d({
      name,
      filters: node.channels,
      kernelSize: [...node.kernel],
      strides: [...node.strides],
      dilationRate: [...node.dilation] as [number, number],
      useBias: node.bias,
      kernelInitializer: "zeros",
    });
    return [
      ...stockPad(name, node.padding),
      kernelLayer(node, layer),
      ...stockNorm(node, `${name}.norm`),
      ...stockActivation(`${name}.activation`, node.activation),
    ];
  },
};
