import { costFunction, decisionsOf, resolveBudget } from "@espalier/blueprint";
import {
  type Blueprint,
  type Budget,
  type BudgetZone,
  CostModelToken,
  type Decision,
  EspalierError,
  type Resolver,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";

/** The decisions, and the zone in which the cost of the chosen architecture must end. */
export function resolveSearch(
  services: Resolver,
  { network, budget }: { readonly network: Blueprint; readonly budget: Budget },
): { readonly decisions: readonly Decision[]; readonly zone: BudgetZone } {
  const models = services.getAll(CostModelToken);
  const model = models.find(({ name }) => name === budget.cost);
  if (model === undefined) {
    const names = models.map(({ name }) => `"${name}"`).join(", ") || "none";
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot use the budget as no plugin provides its cost model: "${budget.cost}". ` +
        `Installed are: ${names}.`,
    );
  }
  const decisions = decisionsOf(network, services.getAll(SearchSpaceToken));
  if (services.has(SearchStrategyToken)) {
    services.get(SearchStrategyToken).check?.(network, decisions);
  }
  const cost = costFunction(network, { decisions, model });
  return { decisions, zone: resolveBudget(budget, { unit: model.unit, decisions, cost }) };
}
