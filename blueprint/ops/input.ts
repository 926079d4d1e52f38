import type { InputNode } from "@espalier/core";
import * as z from "zod";
import { positive } from "./fields.ts";
import { MAKES, type Op } from "./op.ts";

/** What enters. */
export const input: Op<InputNode> = {
  arity: { least: 0, most: 0 },
  fields: {
    shape: z.tuple([positive, positive, positive]),
    rank: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  },
  value({ shape: [height, width, channels], rank = 3 }, _, refuse) {
    if (height > 1 && rank < 3 || width > 1 && rank < 2) {
      refuse("a sequence has one row and a vector one position", `it is ${height}×${width}`);
    }
    return { height, width, channels, rank };
  },
  channels: () => MAKES,
};
