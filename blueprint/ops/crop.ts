import type { CropNode } from "@espalier/core";
import { padding } from "./fields.ts";
import { image, KEEPS, ONE, oneRow, type Op } from "./op.ts";

/** The inner part of an image. */
export const crop: Op<CropNode> = {
  arity: ONE,
  fields: { padding },
  value({ padding: [top, bottom, left, right] }, [x], refuse) {
    const { height, width, ...rest } = image(x!, refuse);
    oneRow(x!, { padding: [top, bottom, left, right] }, refuse);
    const cropped = { ...rest, height: height - top - bottom, width: width - left - right };
    return Math.min(cropped.height, cropped.width) > 0
      ? cropped
      : refuse("something is left of a cropped image", `it reads ${height}×${width}`);
  },
  channels: () => KEEPS,
};
