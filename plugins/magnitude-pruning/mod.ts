/**
 * Magnitude pruning: keeps the channels with the largest weights.
 *
 * @module
 */
import {
  type Choices,
  type Decision,
  definePlugin,
  EspalierError,
  type NoOptions,
  noOptions,
  type PluginFactory,
  type SearchContext,
  type SearchStrategy,
  SearchStrategyToken,
  type TrainedNetwork,
} from "@espalier/core";
import { checkTied } from "./check_tied.ts";
import {
  channelImportance,
  type Importances,
  pruneByMagnitude,
  rankChannels,
} from "./magnitude.ts";

export {
  channelImportance,
  type Importances,
  type MagnitudeOptions,
  pruneByMagnitude,
  rankChannels,
  widthsAbove,
} from "./magnitude.ts";

const importancesOf = (decisions: readonly Decision[], teacher: TrainedNetwork): Importances =>
  new Map(
    decisions.flatMap(({ id, effect }) =>
      effect.kind === "channels" ? [[id, channelImportance(effect.nodes, teacher)] as const] : []
    ),
  );

function teacherOf({ teacher, blueprint }: SearchContext): TrainedNetwork {
  if (teacher !== undefined) return teacher;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot prune "${blueprint.name}" by magnitude as it must be trained first: the pipeline has no ` +
      "teacher. Put a phase that trains or loads one before the search.",
  );
}

const strategy: SearchStrategy = Object.freeze({
  name: "magnitude-pruning",
  needs: ["teacher"] as const,
  check: checkTied,
  async search(context: SearchContext) {
    const { decisions, budget } = context;
    const importances = importancesOf(decisions, teacherOf(context));
    const cost = (choices: Choices) => context.cost(choices);
    const choices = pruneByMagnitude(decisions, { importances, budget, cost });
    await context.progress({ epoch: 0, epochs: 1, images: 0, cost: cost(choices) });
    const ranking = [...importances].map(([id, values]) => [id, rankChannels(values)] as const);
    return { choices, ranking: Object.fromEntries(ranking) };
  },
});

/**
 * Plugin that provides a `SearchStrategy` by the L1 norm of filters. It chooses widths and which
 * channels are kept; residual sums must be tied.
 *
 * Source: Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017.
 */
export const magnitudePruning: PluginFactory<NoOptions> = definePlugin({
  name: "magnitude-pruning",
  version: "1",
  provides: [SearchStrategyToken],
  options: noOptions,
  setup(context) {
    context.provide(SearchStrategyToken, () => strategy);
  },
});
