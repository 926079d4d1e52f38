/**
 * Random search: the baseline that every search has to beat.
 *
 * @module
 */
import {
  definePlugin,
  type PluginFactory,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import {
  type RandomSearchOptions,
  type RandomSearchOptionsInput,
  randomSearchOptionsSchema,
} from "./options.ts";
import { randomSearch as search } from "./random_search.ts";

export type { RandomSearchOptions, RandomSearchOptionsInput } from "./options.ts";

function createStrategy(options: RandomSearchOptions): SearchStrategy {
  return {
    name: "random-search",
    needs: ["teacher"],
    search: (context) => search(context, options),
  };
}

/**
 * Plugin that provides a `SearchStrategy` by random search. It needs a trained unpruned network, whose
 * weights the candidates inherit to be scored.
 */
export const randomSearch: PluginFactory<RandomSearchOptionsInput> = definePlugin<
  RandomSearchOptions,
  RandomSearchOptionsInput
>({
  name: "random-search",
  version: "1",
  provides: [SearchStrategyToken],
  options: randomSearchOptionsSchema,
  setup(context, options) {
    context.provide(SearchStrategyToken, () => createStrategy(options));
  },
});
