import type { BlueprintNode, ConvNode, DenseNode, DropoutNode, PoolNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { applyMask, type ChannelMask } from "./channel_mask.ts";
import { mixWidths, type MixWidthsOptions } from "./mix_widths.ts";
import { convolve, padAttribute } from "./ops/convolve.ts";
import { residualAdd } from "./ops/residual_add.ts";
import { activate, joinFeatures, partsOf } from "./ops/rows.ts";
import type { NodePlan } from "./plan.ts";
import { applyNorm, learned, type Pass } from "./tape_pass.ts";

/** How a searched convolution is mixed in this pass. */
export type Mix = Omit<MixWidthsOptions, "node">;

/** Value of one node. `mix` is given for a searched convolution, `mask` is that of the value. */
export function evaluateNode(
  pass: Pass,
  inputs: readonly tf.Tensor[],
  { plan, mix, mask }: {
    readonly plan: NodePlan;
    readonly mix: Mix | undefined;
    readonly mask: ChannelMask;
  },
): tf.Tensor {
  const { node } = plan;
  const x = inputs[0]!;
  switch (node.op) {
    case "input":
      return tf.clone(x);
    case "conv":
      return convUnit(pass, x as tf.Tensor4D, { plan, node, mix });
    case "depthwise-conv":
      return applyMask(depthwiseUnit(pass, x as tf.Tensor4D, { node, mask }), mask);
    case "norm":
      return applyMask(
        applyNorm(pass, x, { ...namedNorm(node.id, node.norm, node.activation), mask }),
        mask,
      );
    case "activation":
      return activate(x, node.activation);
    case "add":
      return residualAdd([x, inputs[1]!], node.activation);
    case "concat":
      return joinFeatures(inputs.map((input, i) => partsOf(input, plan.extents[i]!)));
    case "pool":
      return pool(x as tf.Tensor4D, node);
    case "global-pool":
      return tf.mean(x, [1, 2]);
    case "flatten":
      return joinFeatures([
        partsOf(x, plan.extents[0]!).map((part) => part.reshape([x.shape[0]!, -1])),
      ]);
    case "dense":
      return dense(pass, x as tf.Tensor2D, node);
    case "dropout":
      return pass.training ? dropout(pass, x, node) : tf.clone(x);
  }
}

function convUnit(
  pass: Pass,
  x: tf.Tensor4D,
  { plan, node, mix }: {
    readonly plan: NodePlan;
    readonly node: ConvNode;
    readonly mix: Mix | undefined;
  },
): tf.Tensor {
  const channels = mix === undefined ? node.channels : Math.max(...mix.channels);
  const kernel = tf.slice(learned(pass, `${node.id}/kernel`), [0, 0, 0, 0], [
    ...node.kernel,
    x.shape[3],
    channels,
  ]) as tf.Tensor4D;
  const convolved = convolve(x, {
    kernel: dilate(kernel, node.dilation),
    strides: node.strides,
    padding: node.padding,
    inputGradient: plan.differentiable,
    kernelGradient: pass.frozen !== true,
  });
  const o = node.bias
    ? convolved.add(learned(pass, `${node.id}/bias`).slice([0], [channels]))
    : convolved;
  if (mix !== undefined) return mixWidths(pass, o, { ...mix, node });
  return node.norm === undefined
    ? activate(o, node.activation)
    : applyNorm(pass, o, namedNorm(node.id, node.norm, node.activation));
}

const namedNorm = (
  id: string,
  norm: NonNullable<ConvNode["norm"]>,
  activation: ConvNode["activation"],
) => ({ prefix: `${id}/norm`, norm, activation });

/** A kernel with zeros between its taps: engines lack the gradients of dilated convolutions. */
function dilate(kernel: tf.Tensor4D, [dy, dx]: readonly [number, number]): tf.Tensor4D {
  if (dy === 1 && dx === 1) return kernel;
  const [rows, columns, from, to] = kernel.shape;
  const spread = tf.pad(kernel.reshape([rows, 1, columns, 1, from * to]), [
    [0, 0],
    [0, dy - 1],
    [0, 0],
    [0, dx - 1],
    [0, 0],
  ]).reshape([rows * dy, columns * dx, from, to]) as tf.Tensor4D;
  return tf.slice(spread, [0, 0, 0, 0], [(rows - 1) * dy + 1, (columns - 1) * dx + 1, from, to]);
}

function depthwiseUnit(
  pass: Pass,
  x: tf.Tensor4D,
  { node, mask }: {
    readonly node: Extract<BlueprintNode, { op: "depthwise-conv" }>;
    readonly mask: ChannelMask;
  },
): tf.Tensor {
  const channels = x.shape[3];
  const kernel = tf.slice(learned(pass, `${node.id}/kernel`), [0, 0, 0, 0], [
    ...node.kernel,
    channels,
    1,
  ]) as tf.Tensor4D;
  const [top, bottom, left, right] = node.padding;
  const padded = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]);
  const convolved = tf.depthwiseConv2d(
    padded,
    dilate(kernel, node.dilation),
    [...node.strides],
    "valid",
  );
  const o = node.bias
    ? convolved.add(learned(pass, `${node.id}/bias`).slice([0], [channels]))
    : convolved;
  return node.norm === undefined
    ? activate(o, node.activation)
    : applyNorm(pass, o, { ...namedNorm(node.id, node.norm, node.activation), mask });
}

function pool(x: tf.Tensor4D, node: PoolNode): tf.Tensor {
  const pad = padAttribute(node.padding, { kernel: node.size, strides: node.strides });
  const f = node.pool === "max" ? tf.maxPool : tf.avgPool;
  return f(x, [...node.size], [...node.strides], pad as "same");
}

/**
 * Drop entries. Every node draws of its own, by the network's seed and the step. A rank draws for the
 * whole batch and takes the rows of its images.
 */
function dropout({ step = 0, random, ranks }: Pass, x: tf.Tensor, node: DropoutNode): tf.Tensor {
  const seed = random.stream(`dropout/${node.id}`, step).integer(2 ** 31);
  if (ranks === undefined) return tf.dropout(x, node.rate, undefined, seed);
  const { first, own, all } = ranks.share;
  const kept = tf.dropout(tf.ones([all, ...x.shape.slice(1)]), node.rate, undefined, seed);
  return tf.mul(x, tf.slice(kept, [first], [own]));
}

/** Dense over features of which only the first may be there. */
function dense(pass: Pass, x: tf.Tensor2D, node: DenseNode): tf.Tensor {
  const full = learned(pass, `${node.id}/kernel`);
  const kernel = tf.slice(full, [0, 0], [x.shape[1], node.channels]) as tf.Tensor2D;
  const y = tf.matMul(x, kernel);
  return activate(
    node.bias ? y.add(learned(pass, `${node.id}/bias`)) : y,
    node.activation,
  );
}
