import type { GlobalPoolNode } from "@espalier/core";
import { image, KEEPS, ONE, type Op, vectorOf } from "./op.ts";

/** Mean over all positions. */
export const globalPool: Op<GlobalPoolNode> = {
  arity: ONE,
  fields: {},
  value: (_, [x], refuse) => vectorOf(image(x!, refuse).channels),
  channels: () => KEEPS,
};
