import type { ReshapeNode } from "@espalier/core";
import * as z from "zod";
import { positive } from "./fields.ts";
import { describe, KEEPS, MAKES, ONE, type Op, type Value } from "./op.ts";

/** The value of a shape: an image, a sequence or a vector. */
export function shaped(shape: readonly number[]): Value {
  const [channels, width = 1, height = 1] = shape.toReversed() as [number, number?, number?];
  return { height, width, channels, rank: shape.length as Value["rank"] };
}

/** The same numbers in another shape. */
export const reshape: Op<ReshapeNode> = {
  arity: ONE,
  fields: { shape: z.array(positive).min(1).max(3) },
  value({ shape }, [x], refuse) {
    const size = shape.reduce<number>((a, b) => a * b, 1);
    if (size !== x!.height * x!.width * x!.channels) {
      refuse("a reshaped value keeps its size", `it reads ${describe(x!)} and makes ${size}`);
    }
    return shaped(shape);
  },
  channels: ({ shape }, [x]) => shape.at(-1) === x!.channels ? KEEPS : MAKES,
  narrow: (node, channels) => ({
    ...node,
    shape: node.shape.with(-1, channels) as unknown as ReshapeNode["shape"],
  }),
};
