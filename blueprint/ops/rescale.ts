import type { RescaleNode } from "@espalier/core";
import * as z from "zod";
import { describe, KEEPS, MAKES, ONE, type Op } from "./op.ts";

const factor = z.union([z.number(), z.array(z.number()).min(1)]);
const isEach = (value: number | readonly number[]) => typeof value !== "number";

/** x · scale + offset. */
export const rescale: Op<RescaleNode> = {
  arity: ONE,
  fields: { scale: factor, offset: factor },
  value({ scale, offset }, [x], refuse) {
    const fits = [scale, offset].every((each) =>
      typeof each === "number" || each.length === x!.channels
    );
    return fits ? x! : refuse("it has one number, or one a channel", `it reads ${describe(x!)}`);
  },
  channels: ({ scale, offset }) => isEach(scale) || isEach(offset) ? MAKES : KEEPS,
};
