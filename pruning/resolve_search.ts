import { costFunction, decisionsOf, excessFunction, resolveBudget } from "@espalier/blueprint";
import {
  type Blueprint,
  type Budget,
  type BudgetZone,
  type CostModel,
  CostModelToken,
  type Decision,
  EspalierError,
  type NetworkCostModel,
  NetworkCostModelToken,
  type Scope,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import { checkZone } from "./check_zone.ts";
import { costModels } from "./cost_models.ts";

/** The decisions, and the zone in which the cost of the chosen architecture must end. */
export function resolveSearch(
  services: Scope,
  { network, budget }: { readonly network: Blueprint; readonly budget: Budget },
): { readonly decisions: readonly Decision[]; readonly zone: BudgetZone } {
  const models = costModels(services);
  checkModels(models, [
    ...services.pluginsOf(CostModelToken),
    ...services.pluginsOf(NetworkCostModelToken),
  ]);
  const model = modelOf(budget.cost, models);
  if ("networkCost" in model) throw noTarget(model, models);
  const limited = Object.keys(budget.limits ?? {}).map((name) => modelOf(name, models));
  const decisions = decisionsOf(network, services.getAll(SearchSpaceToken));
  if (services.has(SearchStrategyToken)) {
    services.get(SearchStrategyToken).check?.(network, decisions);
  }
  const measured = (model: CostModel | NetworkCostModel) => ({
    unit: model.unit,
    cost: costFunction(network, { decisions, model }),
  });
  const measures = Object.fromEntries(limited.map((model) => [model.name, measured(model)]));
  const target = measured(model);
  const zone = resolveBudget(budget, { ...target, decisions, limited: measures });
  const excess = excessFunction(network, { decisions, limits: zone.limits, models });
  checkZone(zone, { decisions, cost: target.cost, excess, limited: measures });
  return { decisions, zone };
}

const named = (models: readonly { readonly name: string }[]): string =>
  models.map(({ name }) => `"${name}"`).join(", ") || "none";

function modelOf(
  cost: string,
  models: readonly (CostModel | NetworkCostModel)[],
): CostModel | NetworkCostModel {
  const model = models.find(({ name }) => name === cost);
  if (model !== undefined) return model;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot use the budget as no plugin provides its cost model: "${cost}". ` +
      `Installed are: ${named(models)}.`,
  );
}

function noTarget(
  { name }: NetworkCostModel,
  models: readonly (CostModel | NetworkCostModel)[],
): EspalierError {
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot use the budget as its target must be a sum over layers, and "${name}" is a cost of the ` +
      `whole network. Give it in "limits", and as the target one of: ` +
      `${named(models.filter((model) => "cost" in model))}.`,
  );
}

/** Refuse two cost models of one name: a budget could mean either. */
function checkModels(
  models: readonly { readonly name: string }[],
  plugins: readonly string[],
): void {
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
