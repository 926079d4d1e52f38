import { keptOf, repair } from "@espalier/blueprint";
import {
  type Architecture,
  type Choices,
  CostModelToken,
  NetworkCostModelToken,
  ObjectiveToken,
  type Phase,
  type PhaseContext,
  type SearchContext,
  type SearchResult,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import type { HasArchitecture, HasEffort, HasTeacher, HasTuned } from "../made.ts";
import { openSearchContext } from "./search_context.ts";

/**
 * Search for an architecture inside the budget's zone with the installed strategy.
 *
 * @returns The phase; it makes `architecture`, `effort` and `tuned`.
 */
export function search(): Phase<Partial<HasTeacher>, HasArchitecture & HasEffort & HasTuned> {
  return {
    name: "search",
    version: "6",
    requires: [SearchStrategyToken],
    uses: [ObjectiveToken, SearchSpaceToken, CostModelToken, NetworkCostModelToken],
    usesBudget: true,
    makes: ["architecture", "effort", "tuned"],
    run: async (context, { teacher }) => {
      const start = performance.now();
      const strategy = context.services.get(SearchStrategyToken);
      using opened = await openSearchContext(context, { strategy: strategy.name, teacher });
      const found = await strategy.search(opened.context);
      const architecture = architectureOf(context, { search: opened.context, found });
      const effort = { strategy: strategy.name, images: opened.effort.images };
      const elapsedMs = performance.now() - start;
      context.emit({ type: "search:end", phase: context.phase, ...effort, elapsedMs });
      return { architecture, effort, tuned: found.weights ?? null };
    },
  };
}

/** Repair what a strategy found into the zone, and list the channels kept. */
function architectureOf(
  context: PhaseContext,
  { search, found }: {
    readonly search: SearchContext;
    readonly found: SearchResult;
  },
): Architecture {
  const { blueprint, decisions, budget: zone, phase } = context;
  const { probabilities, ranking } = found;
  const cost = (choices: Choices) => search.cost(choices, { ...ranking && { ranking } });
  const repaired = repair({
    choices: found.choices,
    decisions,
    zone,
    cost,
    excess: zone.limits && ((choices) => search.excess(choices, { ...ranking && { ranking } })),
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
