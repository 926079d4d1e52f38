import {
  type CostModel,
  CostModelToken,
  type NetworkCostModel,
  NetworkCostModelToken,
  type Resolver,
} from "@espalier/core";

/** The installed cost models: those of nodes, then those of whole networks. */
export function costModels(
  services: Pick<Resolver, "getAll">,
): readonly (CostModel | NetworkCostModel)[] {
  return [...services.getAll(CostModelToken), ...services.getAll(NetworkCostModelToken)];
}
