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
  readsSequence,
  stockActivation,
  stockNorm,
  stockPad,
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
    const settings = {
      ...{ name: layerName(node), ...ownActivation(node), padding, filters: node.channels },
      ...{ useBias: node.bias, kernelInitializer: "zeros" as const },
    };
    const { kernel, strides, dilation } = node;
    const layer = readsSequence(node, context)
      ? tf.layers.conv1d({
        ...{ ...settings, kernelSize: kernel[1], strides: strides[1], dilationRate: dilation[1] },
      })
      : tf.layers.conv2d({
        ...{ ...settings, kernelSize: [...kernel], strides: [...strides] },
        dilationRate: [...dilation] as [number, number],
      });
    return [
      ...stockPad(node, zeros, context),
      kernelLayer(node, layer),
      ...stockNorm(node, layerName(node, "norm")),
      ...stockActivation(node),
    ];
  },
};
