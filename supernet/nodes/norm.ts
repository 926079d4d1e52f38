import type { NormNode } from "@espalier/core";
import { applyMask } from "../channel_mask.ts";
import type { NodeOp } from "./node_op.ts";
import { layerName, stockActivation, stockNorm } from "./stock_parts.ts";
import { withNorm } from "./unit.ts";

/** A batch norm that stands alone. */
export const norm: NodeOp<NormNode> = {
  evaluate: (pass, [x], { node, mask }) => applyMask(withNorm(pass, x!, { node, mask }), mask),
  stock(node) {
    return [...stockNorm(node, layerName(node)), ...stockActivation(node)];
  },
};
