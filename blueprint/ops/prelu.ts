import type { PreluNode } from "@espalier/core";
import * as z from "zod";
import { size } from "./fields.ts";
import { describe, KEEPS, ONE, type Op } from "./op.ts";

/** x above 0, x · a learned slope below. */
export const prelu: Op<PreluNode> = {
  arity: ONE,
  fields: { positions: z.union([size, z.tuple([])]) },
  value({ positions }, [x], refuse) {
    const { height, width, rank } = x!;
    const [rows = 1, columns = 1] = positions;
    const fits = (positions.length === 0) === (rank === 1) && [1, height].includes(rows) &&
      [1, width].includes(columns);
    return fits
      ? x!
      : refuse("slopes are as many as positions, or one", `it reads ${describe(x!)}`);
  },
  channels: () => KEEPS,
  weights: ({ positions }) => [{ name: "slope", role: "slope", axes: [...positions, "out"] }],
};
