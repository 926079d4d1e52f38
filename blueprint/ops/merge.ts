import type { MergeNode } from "@espalier/core";
import * as z from "zod";
import { describe, type Op } from "./op.ts";

/** An element-wise function of several values. */
export const merge: Op<MergeNode> = {
  arity: { least: 2, most: Infinity },
  fields: { by: z.enum(["multiply", "average", "maximum", "minimum"]) },
  value(_, inputs, refuse) {
    const [first] = inputs;
    const spread = (sizes: readonly number[]): number => {
      const most = Math.max(...sizes);
      const fits = sizes.every((size) => size === most || size === 1) &&
        inputs.every(({ rank }) => rank === first!.rank);
      return fits ? most : refuse(
        "merged inputs agree in size, or have one row, column or channel",
        `it reads ${inputs.map(describe).join(" and ")}`,
      );
    };
    return {
      height: spread(inputs.map(({ height }) => height)),
      width: spread(inputs.map(({ width }) => width)),
      channels: spread(inputs.map(({ channels }) => channels)),
      rank: first!.rank,
    };
  },
  channels(_, inputs) {
    const most = Math.max(...inputs.map(({ channels }) => channels));
    const parts = [...inputs.keys()].filter((i) => inputs[i]!.channels === most);
    return { kind: "meets", parts };
  },
};
