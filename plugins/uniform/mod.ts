/**
 * Uniform scaling: every layer keeps the same share of its channels.
 *
 * @module
 */
import {
  type Choices,
  definePlugin,
  type NoOptions,
  noOptions,
  type PluginFactory,
  type SearchContext,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import { uniformScaling } from "./uniform.ts";

export { scaleWidths, uniformScaling, type UniformScalingOptions } from "./uniform.ts";

const strategy: SearchStrategy = Object.freeze({
  name: "uniform",
  async search(context: SearchContext) {
    const { decisions, budget } = context;
    const cost = (choices: Choices) => context.cost(choices);
    const choices = uniformScaling(decisions, { budget, cost });
    await context.progress({ epoch: 0, epochs: 1, images: 0, cost: cost(choices) });
    return { choices };
  },
});

/** Plugin that provides a `SearchStrategy` which searches nothing: one ratio for all widths. */
export const uniform: PluginFactory<NoOptions> = definePlugin({
  name: "uniform",
  version: "1",
  provides: [SearchStrategyToken],
  options: noOptions,
  setup(context) {
    context.provide(SearchStrategyToken, () => strategy);
  },
});
