import type { AddNode } from "@espalier/core";
import * as z from "zod";
import { activation } from "./fields.ts";
import { describe, KEEPS, type Op } from "./op.ts";

/** A residual sum. Its channels are those of the first input, the main branch. */
export const add: Op<AddNode> = {
  arity: { least: 2, most: 2 },
  fields: {
    projection: z.strictObject({ norm: z.boolean() }).optional(),
    activation: activation.optional(),
  },
  value(_, inputs, refuse) {
    const [first, second] = inputs.map(describe);
    return first === second
      ? inputs[0]!
      : refuse("the inputs of a sum agree in size", `it reads ${first} and ${second}`);
  },
  channels: () => KEEPS,
};
