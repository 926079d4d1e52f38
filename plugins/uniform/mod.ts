/**
 * Uniform scaling: every layer keeps the same share of its channels.
 *
 * @module
 */
import { channelOrders, rankingOf } from "@espalier/blueprint";
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
    const { decisions, budget, teacher } = context;
    const ranked = teacher && { ranking: rankingOf(decisions, channelOrders(teacher)) };
    const cost = (choices: Choices) => context.cost(choices, ranked);
    const choices = uniformScaling(decisions, { budget, cost });
    await context.progress({ epoch: 0, epochs: 1, images: 0, cost: cost(choices) });
    return { choices, ...ranked };
  },
});

/**
 * Plugin that provides a `SearchStrategy` which searches nothing: one ratio for all widths. Of a trained
 * network every layer keeps its most important channels.
 */
export const uniform: PluginFactory<NoOptions> = definePlugin({
  name: "uniform",
  version: "2",
  provides: [SearchStrategyToken],
  options: noOptions,
  setup(context) {
    context.provide(SearchStrategyToken, () => strategy);
  },
});
