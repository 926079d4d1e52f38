import type { ConcatNode } from "@espalier/core";
import { describe, type Op } from "./op.ts";

/** Concatenation along the channels. */
export const concat: Op<ConcatNode> = {
  arity: { least: 2, most: Infinity },
  fields: {},
  value(_, inputs, refuse) {
    const first = inputs[0]!;
    const alike = inputs.every(({ height, width, rank }) =>
      height === first.height && width === first.width && rank === first.rank
    );
    if (!alike) {
      refuse(
        "concatenated inputs agree in height and width",
        `it reads ${inputs.map(describe).join(" and ")}`,
      );
    }
    return { ...first, channels: inputs.reduce((total, { channels }) => total + channels, 0) };
  },
  channels: ({ inputs }) => ({ kind: "joins", parts: [...inputs.keys()] }),
};
