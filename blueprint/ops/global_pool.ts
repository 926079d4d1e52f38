import type { GlobalPoolNode } from "@espalier/core";
import * as z from "zod";
import { image, KEEPS, ONE, type Op, vectorOf } from "./op.ts";

/** Mean or maximum over all positions. */
export const globalPool: Op<GlobalPoolNode> = {
  arity: ONE,
  fields: { pool: z.enum(["max", "average"]).optional() },
  value: (_, [x], refuse) => vectorOf(image(x!, refuse).channels),
  channels: () => KEEPS,
};
