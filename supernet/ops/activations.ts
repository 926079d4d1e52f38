import type { Activation, ActivationName } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { FusedActivation } from "./rows.ts";

type Function = (x: tf.Tensor) => tf.Tensor;

const FUNCTIONS: Readonly<Record<ActivationName, Function>> = {
  "relu": (x) => tf.relu(x),
  "relu6": (x) => tf.relu6(x),
  // max(x, 0) + exp(min(x, 0)) − 1: engines lack the gradient of their own elu.
  "elu": (x) => tf.relu(x).add(tf.exp(tf.relu(x.neg()).neg())).sub(1),
  "selu": (x) => tf.selu(x),
  "sigmoid": (x) => tf.sigmoid(x),
  "hard-sigmoid": (x) => tf.clipByValue(x.mul(0.2).add(0.5), 0, 1),
  "softplus": (x) => tf.softplus(x),
  "softsign": (x) => x.div(x.abs().add(1)),
  "tanh": (x) => tf.tanh(x),
  "swish": (x) => x.mul(tf.sigmoid(x)),
  "mish": (x) => x.mul(tf.tanh(tf.softplus(x))),
  "gelu": (x) => x.mul(tf.erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5),
  "gelu-tanh": (x) =>
    x.mul(tf.tanh(x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))).add(1)).mul(
      0.5,
    ),
  "softmax": (x) => tf.softmax(x),
  "log-softmax": (x) => tf.logSoftmax(x),
};

function relu(x: tf.Tensor, { max = Infinity, slope = 0, threshold = 0 }): tf.Tensor {
  const open = tf.step(x.sub(threshold));
  const above = max === Infinity ? x : tf.clipByValue(x, -max, max);
  const high = above.mul(open);
  return slope === 0 ? high : high.add(x.sub(threshold).mul(slope).mul(tf.sub(1, open)));
}

/**
 * Let a pass apply an activation whose gradient it knows; others are applied behind it, on the tape.
 *
 * @param activation The activation, if any.
 * @param pass What comes before it, with the activation that it is to apply.
 * @returns The activated value.
 */
export function activated(
  activation: Activation | undefined,
  pass: (fused: FusedActivation | undefined) => tf.Tensor,
): tf.Tensor {
  if (activation === undefined || activation === "relu" || activation === "relu6") {
    return pass(activation);
  }
  return activate(pass(undefined), activation);
}

/** Apply an activation, on the tape. */
export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  return typeof activation === "string" ? FUNCTIONS[activation](x) : relu(x, activation);
}
