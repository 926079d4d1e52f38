import { classesOf, costFunction, decisionsOf, inputOf, resolveBudget } from "@espalier/blueprint";
import {
  type AnyPhase,
  type Blueprint,
  type Budget,
  type BudgetZone,
  CostModelToken,
  type Dataset,
  type Decision,
  EspalierError,
  type Resolver,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import { nearest, tokensOf } from "@espalier/core/run";

/** Refuse properties that nothing reads: a misspelt one would silently do nothing. */
export function checkNames(given: object, { subject, names }: {
  readonly subject: string;
  readonly names: readonly string[];
}): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, names);
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot configure ${subject} as "${unknown}" is unknown: valid names are ${
      names.join(", ")
    }. ` +
      (meant === undefined ? "Remove it." : `Did you mean "${meant}"?`),
  );
}

/** Refuse a network and data that do not fit. */
export function checkFit(network: Blueprint, dataset: Dataset): void {
  const { shape } = inputOf(network);
  const mismatch = (thing: string, ofNetwork: unknown, ofData: unknown) =>
    new EspalierError(
      "ERR_DATA_MISMATCH",
      `Cannot run network "${network.name}" on "${dataset.name}" as both must have the same ` +
        `${thing}: ${ofNetwork} in the network, ${ofData} in the data. Configure one like the other.`,
    );
  if (shape.join() !== dataset.shape.join()) {
    throw mismatch("shape of images", shape.join("×"), dataset.shape.join("×"));
  }
  const classes = classesOf(network);
  if (classes === dataset.classes) return;
  throw mismatch("number of classes", classes, dataset.classes);
}

/** What there is to decide, and the zone in which its cost must end. */
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

/** Refuse a phase whose required service nobody provides. */
export function checkPhases(phases: readonly AnyPhase[], services: Resolver): void {
  for (const { name, requires = [] } of phases) {
    const missing = requires.find((token) => !services.has(token));
    if (missing === undefined) continue;
    throw new EspalierError(
      "ERR_SERVICE_MISSING",
      `Cannot run phase "${name}" as no plugin provides what it requires: "${missing.name}". ` +
        `Add a plugin that does.`,
    );
  }
}

/** Refuse a strategy that needs what no phase before the search makes, as far as phases tell. */
export function checkNeeds(phases: readonly AnyPhase[], services: Resolver): void {
  const at = phases.findIndex((phase) =>
    tokensOf(phase).some(({ key }) => key === SearchStrategyToken.key)
  );
  if (at < 0 || !services.has(SearchStrategyToken)) return;
  const before = phases.slice(0, at);
  if (before.some(({ makes }) => makes === undefined)) return;
  const { name, needs = [] } = services.get(SearchStrategyToken);
  const missing = needs.find((need) => !before.some(({ makes }) => makes!.includes(need)));
  if (missing === undefined) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot search with strategy "${name}" as it needs a ${missing}, which no phase before ` +
      `"${phases[at]!.name}" makes: ${before.map((phase) => phase.name).join(", ") || "none"}. ` +
      `Put a phase that makes it before the search.`,
  );
}
