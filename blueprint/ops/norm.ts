import type { NormNode } from "@espalier/core";
import { activation, norm as normFields } from "./fields.ts";
import { KEEPS, ONE, type Op } from "./op.ts";
import { normWeights } from "./unit_weights.ts";

/** A batch norm that stands alone. */
export const norm: Op<NormNode> = {
  arity: ONE,
  fields: { norm: normFields, activation: activation.optional() },
  value: (_, [x]) => x!,
  channels: () => KEEPS,
  weights: ({ norm }) => normWeights(norm),
};
