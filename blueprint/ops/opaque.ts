import type { OpaqueNode } from "@espalier/core";
import * as z from "zod";
import { positive } from "./fields.ts";
import { MAKES, type Op } from "./op.ts";
import { shaped } from "./reshape.ts";

const shape = z.array(positive).min(1).max(3);

/** A layer that only TensorFlow.js knows. */
export const opaque: Op<OpaqueNode> = {
  arity: { least: 1, most: Infinity },
  fields: {
    className: z.string().min(1),
    config: z.record(z.string(), z.unknown()),
    ...{ reads: z.array(shape), shape, weights: z.array(z.array(positive)) },
    trained: z.array(z.int().nonnegative()),
  },
  value({ reads, shape }, inputs, refuse) {
    const fits = inputs.every(({ height, width, channels }, i) =>
      reads[i]?.reduce((a, b) => a * b) === height * width * channels
    );
    return fits ? shaped(shape) : refuse("it reads what it was built for", `that is ${reads}`);
  },
  channels: () => MAKES,
  weights: ({ weights, trained }) =>
    weights.map((axes, i) => ({
      ...{ name: String(i), role: trained.includes(i) ? "opaque" : "fixed", axes, slides: "in" },
    })),
};
