import type { InputNode } from "@espalier/core";
import { z } from "zod";
import { positive } from "./fields.ts";
import { MAKES, type Op } from "./op.ts";

/** The images that enter. */
export const input: Op<InputNode> = {
  arity: { least: 0, most: 0 },
  fields: { shape: z.tuple([positive, positive, positive]) },
  value: ({ shape: [height, width, channels] }) => ({ height, width, channels, vector: false }),
  channels: () => MAKES,
};
