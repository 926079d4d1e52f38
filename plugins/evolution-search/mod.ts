/**
 * Evolution: architectures inside the budget, crossed and mutated.
 *
 * @module
 */
import { definePlugin, type PluginFactory, SearchStrategyToken } from "@espalier/core";
import { evolutionSearch as search } from "./evolution_search.ts";
import {
  type EvolutionSearchOptions,
  type EvolutionSearchOptionsInput,
  evolutionSearchOptionsSchema,
} from "./options.ts";

export { type Breeding, crossed, mutated } from "./evolution.ts";
export type { EvolutionSearchOptions, EvolutionSearchOptionsInput } from "./options.ts";

/**
 * Plugin that provides a `SearchStrategy` by evolution. It needs a trained unpruned network, whose
 * weights the candidates inherit to be scored.
 *
 * Source: Guo et al., "Single Path One-Shot Neural Architecture Search", ECCV 2020.
 */
export const evolutionSearch: PluginFactory<EvolutionSearchOptionsInput> = definePlugin<
  EvolutionSearchOptions,
  EvolutionSearchOptionsInput
>({
  name: "evolution-search",
  version: "1",
  provides: [SearchStrategyToken],
  options: evolutionSearchOptionsSchema,
  setup(context, options) {
    context.provide(SearchStrategyToken, () => ({
      name: "evolution-search",
      needs: ["teacher"] as const,
      search: (searchContext) => search(searchContext, options),
    }));
  },
});
