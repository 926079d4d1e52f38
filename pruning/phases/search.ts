import { costFunction, keptOf, repair } from "@espalier/blueprint";
import {
  AggregatorToken,
  type Architecture,
  CostModelToken,
  EspalierError,
  type Phase,
  type PhaseContext,
  type SearchContext,
  type SearchResult,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import type { HasArchitecture, HasTeacher } from "../made.ts";
import { budgetModel, openSearchContext } from "./search_context.ts";

/**
 * Search for an architecture inside the budget's zone with the installed strategy.
 *
 * @returns The phase; it makes `architecture`.
 */
export function search(): Phase<Partial<HasTeacher>, HasArchitecture> {
  return {
    name: "search",
    version: "2",
    requires: [SearchStrategyToken],
    uses: [SearchSpaceToken, AggregatorToken, CostModelToken],
    usesBudget: true,
    makes: ["architecture"],
    run: async (context, { teacher }) => {
      const strategy = context.services.get(SearchStrategyToken);
      using opened = openSearchContext(context, { strategy: strategy.name, teacher });
      const found = await strategy.search(opened.context);
      checkProbabilities(strategy.name, found);
      return { architecture: architectureOf(context, { search: opened.context, found }) };
    },
  };
}

/** Refuse probabilities that are no numbers, as those of a search that diverged at its end. */
function checkProbabilities(strategy: string, { probabilities = {} }: SearchResult): void {
  for (const [id, row] of Object.entries(probabilities)) {
    const found = row.find((value) => !Number.isFinite(value) || value < 0);
    if (found === undefined) continue;
    throw new EspalierError(
      "ERR_LOSS_NOT_FINITE",
      `Cannot use what strategy "${strategy}" found as probabilities must be finite and at least 0: ` +
        `"${id}" has ${found}. Lower the learning rate of the search.`,
    );
  }
}

/** Repair what a strategy found into the zone, and list the channels kept. */
function architectureOf(
  context: PhaseContext,
  { search: { cost: plain }, found }: {
    readonly search: SearchContext;
    readonly found: SearchResult;
  },
): Architecture {
  const { blueprint, decisions, budget: zone, phase } = context;
  const { probabilities, ranking } = found;
  const cost = ranking === undefined
    ? plain
    : costFunction(blueprint, { decisions, model: budgetModel(context), ranking });
  const repaired = repair({
    choices: found.choices,
    decisions,
    zone,
    cost,
    ...(probabilities && { probabilities }),
  });
  if (repaired.changed) {
    context.emit({
      type: "search:repair",
      phase,
      before: found.choices,
      after: repaired.choices,
      costBefore: cost(found.choices),
      costAfter: repaired.cost,
    });
  }
  return {
    network: blueprint.name,
    choices: repaired.choices,
    ...(ranking && { kept: keptOf(repaired.choices, { decisions, ranking }) }),
  };
}
