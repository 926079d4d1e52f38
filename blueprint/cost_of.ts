import type { Blueprint, CostModel, NodeId } from "@espalier/core";
import { nodeCost } from "./cost/node_cost.ts";
import { inferShapes } from "./infer_shapes.ts";

/** Cost of a network. */
export interface Cost {
  /** Sum over the nodes and the base, in the model's unit. */
  readonly total: number;
  /** Cost of every node but the input. */
  readonly byNode: Readonly<Record<NodeId, number>>;
}

/**
 * The exact cost of one image in a network, node by node.
 *
 * @param blueprint The network.
 * @param model What a node costs.
 * @returns The sum and its terms, in the model's unit.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs;
 * ERR_COST_INVALID for a cost that is negative or not finite.
 */
export function costOf(blueprint: Blueprint, model: CostModel): Cost {
  const shapes = inferShapes(blueprint);
  const byNode: Record<NodeId, number> = {};
  let total = model.base ?? 0;
  for (const node of blueprint.nodes) {
    const [source] = node.inputs;
    if (source === undefined) continue;
    const shape = { input: shapes.get(source)!, output: shapes.get(node.id)! };
    const cost = nodeCost(model, { node, ...shape });
    byNode[node.id] = cost;
    total += cost;
  }
  return { total, byNode };
}
