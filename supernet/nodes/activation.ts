import { keepsZero } from "@espalier/blueprint";
import type { ActivationNode } from "@espalier/core";
import { applyMask } from "../channel_mask.ts";
import type { NodeOp } from "./node_op.ts";
import { activationLayer, bare, layerName } from "./stock_parts.ts";
import { withNorm } from "./unit.ts";

/** An activation that stands alone. */
export const activation: NodeOp<ActivationNode> = {
  evaluate: (pass, [x], { node, mask }) =>
    applyMask(withNorm(pass, x!, { node }), keepsZero(node.activation) ? undefined : mask),
  stock: (node) => bare(activationLayer(layerName(node), node.activation)),
};
