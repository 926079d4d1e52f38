/**
 * The differentiable search of TAS (algorithm 1).
 *
 * @module
 */
import {
  AggregatorToken,
  definePlugin,
  PenaltyToken,
  type PluginFactory,
  RegularizerToken,
  SamplerToken,
  SearchStrategyToken,
} from "@espalier/core";
import { differentiableSearch as search } from "./differentiable_search.ts";
import {
  type DifferentiableSearchOptions,
  type DifferentiableSearchOptionsInput,
  differentiableSearchOptionsSchema,
} from "./options.ts";

export { discrepancy, mostProbable, type Probabilities } from "./choose.ts";
export type {
  DifferentiableSearchOptions,
  DifferentiableSearchOptionsInput,
  SearchArchitectureOptions,
  SearchWeightsOptions,
} from "./options.ts";

/**
 * Plugin that provides a `SearchStrategy` by gradient descent on weights and architecture in turn.
 *
 * Source: TAS (NeurIPS 2019), algorithm 1.
 */
export const differentiableSearch: PluginFactory<DifferentiableSearchOptionsInput> = definePlugin<
  DifferentiableSearchOptions,
  DifferentiableSearchOptionsInput
>({
  name: "differentiable-search",
  version: "1",
  provides: [SearchStrategyToken],
  requires: [SamplerToken, AggregatorToken],
  uses: [RegularizerToken, PenaltyToken],
  options: differentiableSearchOptionsSchema,
  setup(context, options) {
    context.provide(SearchStrategyToken, (resolver) => {
      const services = {
        sampler: resolver.get(SamplerToken),
        regularizers: resolver.getAll(RegularizerToken),
        penalties: resolver.getAll(PenaltyToken),
      };
      return {
        name: "differentiable-search",
        ...options.start === "teacher" && { needs: ["teacher"] as const },
        search: (searchContext) => search(searchContext, services, options),
      };
    });
  },
});
