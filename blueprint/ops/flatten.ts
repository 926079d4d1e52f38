import type { FlattenNode } from "@espalier/core";
import { image, ONE, type Op, vectorOf } from "./op.ts";

/** An image as a vector: the channels once a position. */
export const flatten: Op<FlattenNode> = {
  arity: ONE,
  fields: {},
  value(_, [x], refuse) {
    const { height, width, channels } = image(x!, refuse);
    return vectorOf(height * width * channels);
  },
  channels: (_, [x]) => ({ kind: "joins", parts: new Array(x!.height * x!.width).fill(0) }),
};
