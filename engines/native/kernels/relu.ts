/**
 * Gradients of relu and relu6 by one op each, where TensorFlow.js takes five and eight.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";
import type { Gradient, Kernel } from "./override.ts";

const NAMES = [["Relu", "ReluGrad"], ["Relu6", "Relu6Grad"]] as const;

function mask(name: string, dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(name, { dy, x }) as tf.Tensor;
}

/** dy where the slope at x is 1, else 0. */
export const reluKernels: readonly Kernel[] = NAMES.map(([, name]) => ({
  name,
  run: ({ inputs }) => op(name, [inputs.dy!, inputs.x!]),
}));

/** The gradients, and their own gradients: a mask is linear in dy and constant in x. */
export const reluGradients: readonly Gradient[] = NAMES.flatMap(([name, grad]): Gradient[] => [
  { name, run: (dy, [x]) => ({ x: () => mask(grad, dy, x!) }) },
  {
    name: grad,
    inputsToSave: ["x"],
    run: (dy, [x]) => ({ dy: () => mask(grad, dy, x!), x: () => tf.zerosLike(x!) }),
  },
]);
