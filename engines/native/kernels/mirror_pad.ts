/**
 * The gradient of mirrorPad, which TensorFlow.js gets wrong: it drops what was mirrored.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { op } from "./op.ts";
import type { Gradient, Kernel, KernelCall } from "./override.ts";

interface MirrorAttributes {
  readonly paddings: [number, number][];
  readonly mode: "reflect" | "symmetric";
}

const NAME = "MirrorPadGrad";

/** Adds every mirrored value to where it came from. */
export const mirrorPadGradKernel: Kernel = {
  name: NAME,
  run: ({ inputs, attrs: { paddings, mode } }: KernelCall<MirrorAttributes>) =>
    op(NAME, [inputs.dy!, tf.tensor2d(paddings, [paddings.length, 2], "int32")], {
      mode: mode.toUpperCase(),
    }),
};

/** The gradient by that kernel. */
export const mirrorPadGradient: Gradient = {
  name: "MirrorPad",
  run: (dy, _saved, attrs: MirrorAttributes) => ({
    x: () => tf.engine().runKernel(NAME, { dy }, { ...attrs }) as tf.Tensor,
  }),
};
