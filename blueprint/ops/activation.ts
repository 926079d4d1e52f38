import type { ActivationNode } from "@espalier/core";
import { activation as activationField } from "./fields.ts";
import { KEEPS, ONE, type Op } from "./op.ts";

/** An activation that stands alone. */
export const activation: Op<ActivationNode> = {
  arity: ONE,
  fields: { activation: activationField },
  value: (_, [x]) => x!,
  channels: () => KEEPS,
};
