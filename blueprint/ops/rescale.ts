import type { RescaleNode } from "@espalier/core";
import { z } from "zod";
import { KEEPS, ONE, type Op } from "./op.ts";

/** x · scale + offset. */
export const rescale: Op<RescaleNode> = {
  arity: ONE,
  fields: { scale: z.number(), offset: z.number() },
  value: (_, [x]) => x!,
  channels: () => KEEPS,
};
