import type { DenseNode } from "@espalier/core";
import * as z from "zod";
import { activation, positive } from "./fields.ts";
import { MAKES, ONE, type Op } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A fully connected layer; of an image at each of its positions. */
export const dense: Op<DenseNode> = {
  arity: ONE,
  fields: { channels: positive, bias: z.boolean(), activation: activation.optional() },
  value: ({ channels }, [x]) => ({ ...x!, channels }),
  channels: () => MAKES,
  narrow: (node, channels) => ({ ...node, channels }),
  weights: (node) => unitWeights({ role: "dense", axes: ["in", "out"] }, node),
};
