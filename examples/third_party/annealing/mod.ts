/**
 * Simulated annealing over architectures.
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
  type AnnealingOptions,
  type AnnealingOptionsInput,
  annealingOptionsSchema,
} from "./options.ts";
import { anneal, type AnnealingEvent } from "./search.ts";

export { acceptance, type Cooling, temperatureAt } from "./annealing.ts";
export type { AnnealingOptions, AnnealingOptionsInput } from "./options.ts";
export type { AnnealingEvent } from "./search.ts";

/**
 * Plugin that provides a `SearchStrategy` by simulated annealing. It needs a trained unpruned network,
 * whose weights the candidates inherit to be scored.
 */
export const annealing: PluginFactory<AnnealingOptionsInput, AnnealingEvent> = definePlugin<
  AnnealingOptions,
  AnnealingOptionsInput,
  AnnealingEvent
>({
  name: "acme-annealing",
  version: "1",
  contracts: "^1",
  provides: [SearchStrategyToken],
  options: annealingOptionsSchema,
  setup(context, options) {
    const emit = (event: AnnealingEvent) => context.emit(event);
    context.provide(SearchStrategyToken, (): SearchStrategy => ({
      name: "acme-annealing",
      needs: ["teacher"],
      search: (inner) => anneal(inner, { ...options, emit }),
    }));
  },
});
