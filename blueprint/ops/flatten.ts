import type { FlattenNode } from "@espalier/core";
import { ONE, type Op, vectorOf } from "./op.ts";

/** A value as a vector: the channels once a position. */
export const flatten: Op<FlattenNode> = {
  arity: ONE,
  fields: {},
  value: (_, [x]) => vectorOf(x!.height * x!.width * x!.channels),
  channels: (_, [x]) => ({ kind: "joins", parts: new Array(x!.height * x!.width).fill(0) }),
};
