import type { ActivationNode } from "@espalier/core";
import { activate } from "../ops/rows.ts";
import type { NodeOp } from "./node_op.ts";
import { layerName, stockActivation } from "./stock_parts.ts";

/** An activation that stands alone. */
export const activation: NodeOp<ActivationNode> = {
  evaluate: (_, [x], { node }) => activate(x!, node.activation),
  stock: ({ id, activation }) => stockActivation(layerName(id), activation),
};
