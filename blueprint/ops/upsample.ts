import type { UpsampleNode } from "@espalier/core";
import { size } from "./fields.ts";
import { image, KEEPS, ONE, type Op } from "./op.ts";

/** An image whose rows and columns are repeated. */
export const upsample: Op<UpsampleNode> = {
  arity: ONE,
  fields: { size },
  value({ size: [rows, columns] }, [x], refuse) {
    const { height, width, ...rest } = image(x!, refuse);
    return { ...rest, height: height * rows, width: width * columns };
  },
  channels: () => KEEPS,
};
