import type { Padding, Size } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { runCustomOp } from "./custom_op.ts";

/** Geometry of a convolution, and which gradients are needed. */
export interface ConvolveOptions {
  /** Step between outputs. */
  readonly strides: Size;
  /** Zeros around the input. */
  readonly padding: Padding;
  /** Whether the input depends on anything that is differentiated. */
  readonly inputGradient: boolean;
  /** Whether the kernel is differentiated. */
  readonly kernelGradient: boolean;
}

/** Padding as TensorFlow.js's kernels take it. */
export type PadAttribute =
  | "same"
  | "valid"
  | [[number, number], [number, number], [number, number], [number, number]];

/** Padding by its name where it has one ("same" where strides are 1), which engines run fastest. */
export function padAttribute(
  [top, bottom, left, right]: Padding,
  { kernel: [rows, columns], strides }: { readonly kernel: Size; readonly strides: Size },
): PadAttribute {
  if (top + bottom + left + right === 0) return "valid";
  const same = strides[0] === 1 && strides[1] === 1 && top + bottom === rows - 1 &&
    left + right === columns - 1 && top === Math.floor((rows - 1) / 2) &&
    left === Math.floor((columns - 1) / 2);
  return same ? "same" : [[0, 0], [top, bottom], [left, right], [0, 0]];
}

/**
 * Convolution that computes only the gradients that are needed. An architecture step needs none of
 * the kernels' gradients, which are a third of the work.
 *
 * @param x [batch, height, width, in].
 * @param kernel [rows, columns, in, out].
 * @param options Geometry and gradients.
 * @returns [batch, height', width', out].
 */
export function convolve(
  x: tf.Tensor4D,
  { kernel, strides, padding, inputGradient, kernelGradient }: ConvolveOptions & {
    readonly kernel: tf.Tensor4D;
  },
): tf.Tensor4D {
  const pad = padAttribute(padding, { kernel: [kernel.shape[0], kernel.shape[1]], strides });
  const attributes = { strides: [...strides], pad, dataFormat: "NHWC" };
  return runCustomOp({
    forward([x, kernel], save) {
      save([x!, kernel!]);
      return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, [...strides], pad as "same");
    },
    backward(dy, [x, kernel]) {
      return [
        inputGradient
          ? tf.engine().runKernel("Conv2DBackpropInput", { dy, filter: kernel! }, {
            ...attributes,
            inputShape: x!.shape,
          }) as tf.Tensor
          : undefined,
        kernelGradient
          ? tf.engine().runKernel("Conv2DBackpropFilter", { x: x!, dy }, {
            ...attributes,
            filterShape: kernel!.shape,
          }) as tf.Tensor
          : undefined,
      ];
    },
  }, [x, kernel]) as tf.Tensor4D;
}
