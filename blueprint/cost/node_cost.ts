import { type CostModel, type CostNode, EspalierError } from "@espalier/core";

/**
 * What a model says that a node costs.
 *
 * @param model The model.
 * @param node The node.
 * @returns Its cost, in the model's unit.
 * @throws {EspalierError} ERR_COST_INVALID if it is no finite number of at least 0.
 */
export function nodeCost(model: CostModel, node: CostNode): number {
  const cost = model.cost(node);
  if (Number.isFinite(cost) && cost >= 0) return cost;
  const { input, output } = node;
  throw new EspalierError(
    "ERR_COST_INVALID",
    `Cannot use cost model "${model.name}" as costs must be finite numbers of at least 0: ` +
      `"${node.node.id}" costs ${cost} from ${input.channels} to ${output.channels} channels. ` +
      `Correct the model's cost function.`,
  );
}
