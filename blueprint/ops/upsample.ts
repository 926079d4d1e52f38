import type { UpsampleNode } from "@espalier/core";
import { size } from "./fields.ts";
import { image, KEEPS, ONE, oneRow, type Op } from "./op.ts";

/** An image whose rows and columns are repeated. */
export const upsample: Op<UpsampleNode> = {
  arity: ONE,
  fields: { size },
  value({ size }, [x], refuse) {
    const { height, width, ...rest } = image(x!, refuse);
    oneRow(x!, { size }, refuse);
    return { ...rest, height: height * size[0], width: width * size[1] };
  },
  channels: () => KEEPS,
};
