import type { DropoutNode } from "@espalier/core";
import * as z from "zod";
import { KEEPS, ONE, type Op } from "./op.ts";

/** Dropout while training. */
export const dropout: Op<DropoutNode> = {
  arity: ONE,
  fields: { rate: z.number().min(0).lt(1) },
  value: (_, [x]) => x!,
  channels: () => KEEPS,
};
