import type { PadNode } from "@espalier/core";
import { padding } from "./fields.ts";
import { image, KEEPS, ONE, oneRow, type Op } from "./op.ts";

/** Zeros around an image. */
export const pad: Op<PadNode> = {
  arity: ONE,
  fields: { padding },
  value({ padding: [top, bottom, left, right] }, [x], refuse) {
    const { height, width, ...rest } = image(x!, refuse);
    oneRow(x!, { padding: [top, bottom, left, right] }, refuse);
    return { ...rest, height: height + top + bottom, width: width + left + right };
  },
  channels: () => KEEPS,
};
