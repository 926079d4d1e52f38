import type { TransposedConvNode } from "@espalier/core";
import * as z from "zod";
import { convFields, positive } from "./fields.ts";
import { image, MAKES, ONE, oneRow, type Op } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A transposed convolution with its norm and activation. */
export const transposedConv: Op<TransposedConvNode> = {
  arity: ONE,
  fields: {
    ...{ kernel: convFields.kernel, strides: convFields.strides, channels: positive },
    ...{ padding: z.enum(["same", "valid"]), bias: convFields.bias },
    ...{ norm: convFields.norm, activation: convFields.activation },
  },
  value({ kernel, strides, padding, channels }, [x], refuse) {
    const { height, width, rank } = image(x!, refuse);
    oneRow(x!, { size: [Math.max(kernel[0], strides[0]), kernel[1]] }, refuse);
    const grown = (length: number, axis: 0 | 1): number =>
      length * strides[axis] +
      (padding === "same" ? 0 : Math.max(0, kernel[axis] - strides[axis]));
    return { height: grown(height, 0), width: grown(width, 1), channels, rank };
  },
  channels: () => MAKES,
  narrow: (node, channels) => ({ ...node, channels }),
  weights: (node) =>
    unitWeights({ role: "kernel", axes: [...node.kernel, "out", "in"], slides: "in" }, node),
};
