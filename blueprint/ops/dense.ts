import type { DenseNode } from "@espalier/core";
import { z } from "zod";
import { activation, positive } from "./fields.ts";
import { describe, MAKES, ONE, type Op, vectorOf } from "./op.ts";
import { unitWeights } from "./unit_weights.ts";

/** A fully connected layer. */
export const dense: Op<DenseNode> = {
  arity: ONE,
  fields: { channels: positive, bias: z.boolean(), activation: activation.optional() },
  value({ channels }, [x], refuse) {
    if (!x!.vector) refuse("a dense layer reads a vector", `it reads ${describe(x!)}`);
    return vectorOf(channels);
  },
  channels: () => MAKES,
  narrow: (node, channels) => ({ ...node, channels }),
  weights: (node) => unitWeights({ role: "dense", axes: ["in", "out"] }, node),
};
