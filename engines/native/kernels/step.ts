/**
 * Step by two ops, where tfjs-node takes seven.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Kernel, KernelCall } from "./override.ts";

/** 1 above zero, else 0; NaN for NaN. An `alpha` other than 0 is left to tfjs-node. */
export const stepKernel: Kernel = {
  name: "Step",
  run({ inputs, attrs, stock }: KernelCall<{ alpha?: number }>) {
    const x = inputs.x!;
    return attrs.alpha || x.dtype !== "float32" ? stock(inputs, attrs) : tf.relu(tf.sign(x));
  },
};
