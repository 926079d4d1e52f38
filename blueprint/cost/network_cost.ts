import { EspalierError, type NetworkCostModel, type PlacedNetwork } from "@espalier/core";

/** What a model says that a network costs; ERR_COST_INVALID if it is no finite number of at least 0. */
export function networkCost(model: NetworkCostModel, network: PlacedNetwork): number {
  const cost = model.networkCost(network);
  if (Number.isFinite(cost) && cost >= 0) return cost;
  throw new EspalierError(
    "ERR_COST_INVALID",
    `Cannot use cost model "${model.name}" as costs must be finite numbers of at least 0: a network ` +
      `of ${network.nodes.length} nodes costs ${cost}. Correct the model's function.`,
  );
}
