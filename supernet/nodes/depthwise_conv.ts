import type { DepthwiseConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import { learned } from "../tape_pass.ts";
import { dilate } from "./dilate.ts";
import type { NodeOp } from "./node_op.ts";
import { kernelLayer, layerName, stockActivation, stockNorm, stockPad } from "./stock_parts.ts";
import { withBias, withNorm } from "./unit.ts";

/** A depthwise convolution with its norm and activation. */
export const depthwiseConv: NodeOp<DepthwiseConvNode> = {
  evaluate(pass, [x], { node, mask }) {
    const channels = x!.shape[3]!;
    const kernel = learned(pass, node, { name: "kernel", in: channels, out: channels });
    const [top, bottom, left, right] = node.padding;
    const convolved = tf.depthwiseConv2d(
      tf.pad(x as tf.Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]]),
      dilate(kernel as tf.Tensor4D, node.dilation),
      [...node.strides],
      "valid",
    );
    return applyMask(withNorm(pass, withBias(pass, convolved, node), { node, mask }), mask);
  },
  stock(node) {
    const name = layerName(node.id);
    const layer = tf.layers.depthwiseConv2d({
      name,
      kernelSize: [...node.kernel] as [number, number],
      strides: [...node.strides] as [number, number],
      dilationRate: [...node.dilation] as [number, number],
      useBias: node.bias,
      depthwiseInitializer: "zeros",
    });
    return [
      ...stockPad(name, node.padding),
      kernelLayer(node, layer),
      ...stockNorm(node, `${name}.norm`),
      ...stockActivation(`${name}.activation`, node.activation),
    ];
  },
};
