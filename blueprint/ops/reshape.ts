import type { ReshapeNode } from "@espalier/core";
import { z } from "zod";
import { positive } from "./fields.ts";
import { describe, KEEPS, MAKES, ONE, type Op, vectorOf } from "./op.ts";

/** The same numbers in another shape. */
export const reshape: Op<ReshapeNode> = {
  arity: ONE,
  fields: { shape: z.union([z.tuple([positive, positive, positive]), z.tuple([positive])]) },
  value({ shape }, [x], refuse) {
    const size = shape.reduce<number>((a, b) => a * b, 1);
    if (size !== x!.height * x!.width * x!.channels) {
      refuse("a reshaped value keeps its size", `it reads ${describe(x!)} and makes ${size}`);
    }
    if (shape.length === 1) return vectorOf(shape[0]);
    const [height, width, channels] = shape;
    return { height, width, channels, vector: false };
  },
  channels: ({ shape }, [x]) => shape.at(-1) === x!.channels ? KEEPS : MAKES,
  narrow({ shape, ...node }, channels) {
    return { ...node, shape: shape.length === 1 ? [channels] : [shape[0], shape[1], channels] };
  },
};
