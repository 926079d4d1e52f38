import { costFunction, decisionsOf, resolveBudget } from "@espalier/blueprint";
import {
  type Blueprint,
  type Budget,
  type BudgetZone,
  type CostModel,
  CostModelToken,
  type Decision,
  EspalierError,
  type Scope,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import { checkZone } from "./check_zone.ts";

/** The decisions, and the zone in which the cost of the chosen architecture must end. */
export function resolveSearch(
  services: Scope,
  { network, budget }: { readonly network: Blueprint; readonly budget: Budget },
): { readonly decisions: readonly Decision[]; readonly zone: BudgetZone } {
  const models = services.getAll(CostModelToken);
  checkModels(models, services.pluginsOf(CostModelToken));
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
  const zone = resolveBudget(budget, { unit: model.unit, decisions, cost });
  checkZone(zone, { decisions, cost });
  return { decisions, zone };
}

/** Refuse two cost models of one name: a budget could mean either. */
function checkModels(models: readonly CostModel[], plugins: readonly string[]): void {
  models.forEach(({ name }, i) => {
    const first = models.findIndex((model) => model.name === name);
    if (first === i) return;
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot use two cost models of one name as a budget and a report name one: "${name}" of ` +
        `plugins "${plugins[first]}" and "${plugins[i]}". Remove one, or give it another name.`,
      { plugin: plugins[i]! },
    );
  });
}
