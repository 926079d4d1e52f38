import type { UpsampleNode } from "@espalier/core";
import * as z from "zod";
import { size } from "./fields.ts";
import { image, KEEPS, ONE, oneRow, type Op } from "./op.ts";

/** An image of several times as many rows and columns. */
export const upsample: Op<UpsampleNode> = {
  arity: ONE,
  fields: {
    size,
    interpolation: z.enum(["nearest", "bilinear", "bilinear-corner"]).optional(),
  },
  value({ size }, [x], refuse) {
    const { height, width, ...rest } = image(x!, refuse);
    oneRow(x!, { size }, refuse);
    return { ...rest, height: height * size[0], width: width * size[1] };
  },
  channels: () => KEEPS,
};
