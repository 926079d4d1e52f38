import type { PoolNode } from "@espalier/core";
import * as z from "zod";
import { padding, size } from "./fields.ts";
import { KEEPS, ONE, type Op, slide } from "./op.ts";

/** Pooling over windows. */
export const pool: Op<PoolNode> = {
  arity: ONE,
  fields: { pool: z.enum(["max", "average"]), size, strides: size, padding },
  value: (node, [x], refuse) => slide(x!, { ...node, dilation: [1, 1] }, refuse),
  channels: () => KEEPS,
};
