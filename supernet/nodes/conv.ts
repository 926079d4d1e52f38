import type { ConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { mixWidths } from "../mix_widths.ts";
import { convolve } from "../ops/convolve.ts";
import { learned } from "../tape_pass.ts";
import { dilate } from "./dilate.ts";
import type { NodeOp } from "./node_op.ts";
import { kernelLayer, layerName, stockActivation, stockNorm, stockPad } from "./stock_parts.ts";
import { withBias, withNorm } from "./unit.ts";

/** A convolution with its norm and activation; the mixture of its candidates while it is searched. */
export const conv: NodeOp<ConvNode> = {
  evaluate(pass, [x], { node, plan, mix }) {
    const channels = mix === undefined ? node.channels : Math.max(...mix.channels);
    const kernel = learned(pass, node, { name: "kernel", in: x!.shape[3]!, out: channels });
    const convolved = convolve(x as tf.Tensor4D, {
      kernel: dilate(kernel as tf.Tensor4D, node.dilation),
      strides: node.strides,
      padding: node.padding,
      inputGradient: plan.differentiable,
      kernelGradient: pass.frozen !== true,
    });
    const o = withBias(pass, convolved, node);
    return mix === undefined ? withNorm(pass, o, { node }) : mixWidths(pass, o, { ...mix, node });
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
