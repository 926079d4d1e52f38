import type { DepthwiseConvNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask } from "../channel_mask.ts";
import { learned } from "../tape_pass.ts";
import { dilate } from "./dilate.ts";
import type { NodeOp } from "./node_op.ts";
import { stockPadding } from "./stock_padding.ts";
import {
  imageLayers,
  kernelLayer,
  layerName,
  ownActivation,
  stockActivation,
  stockNorm,
  zerosAround,
} from "./stock_parts.ts";
import { withBias, withNorm } from "./unit.ts";

/** Each channel several times: engines lack the gradients of kernels with a multiplier. */
function spread(x: tf.Tensor4D, times: number): tf.Tensor4D {
  if (times === 1) return x;
  const each = x.reshape([-1, 1]);
  const all = tf.concat(Array.from({ length: times }, () => each), 1);
  return all.reshape([...x.shape.slice(0, 3), x.shape[3] * times]) as tf.Tensor4D;
}

/** A depthwise convolution with its norm and activation. */
export const depthwiseConv: NodeOp<DepthwiseConvNode> = {
  evaluate(pass, [x], { node, mask }) {
    const { multiplier = 1 } = node;
    const channels = x!.shape[3]!, out = channels * multiplier;
    const kernel = learned(pass, node, { name: "kernel", in: channels, out })
      .reshape([...node.kernel, out, 1]) as tf.Tensor4D;
    const [top, bottom, left, right] = node.padding;
    const convolved = tf.depthwiseConv2d(
      tf.pad(spread(x as tf.Tensor4D, multiplier), [[0, 0], [top, bottom], [left, right], [0, 0]]),
      dilate(kernel, node.dilation),
      [...node.strides],
      "valid",
    );
    return applyMask(withNorm(pass, withBias(pass, convolved, node), { node, mask }), mask);
  },
  stock(node, context) {
    const { zeros, padding } = stockPadding(node, context);
    const layer = tf.layers.depthwiseConv2d({
      ...{ name: layerName(node), ...ownActivation(node), padding },
      kernelSize: [...node.kernel] as [number, number],
      strides: [...node.strides] as [number, number],
      dilationRate: [...node.dilation] as [number, number],
      useBias: node.bias,
      depthMultiplier: node.multiplier ?? 1,
      depthwiseInitializer: "zeros",
    });
    return [
      ...imageLayers([...zerosAround(node, zeros), kernelLayer(node, layer)], { node, context }),
      ...stockNorm(node, layerName(node, "norm")),
      ...stockActivation(node),
    ];
  },
};
