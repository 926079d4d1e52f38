/**
 * Pruning by importance: keeps the channels that matter most, by any criterion.
 *
 * @module
 */
import {
  type Blueprint,
  type Decision,
  definePlugin,
  ImportanceToken,
  PenaltyToken,
  type PluginFactory,
  SearchStrategyToken,
} from "@espalier/core";
import { checkTied } from "./check_tied.ts";
import { importancePruning as prune } from "./importance_pruning.ts";
import {
  type ImportancePruningOptions,
  type ImportancePruningOptionsInput,
  importancePruningOptionsSchema,
} from "./options.ts";
import { scoredMembers } from "./scored_members.ts";

export { cubicTarget } from "./cubic_schedule.ts";
export {
  groupImportance,
  type Normalization,
  rankChannels,
  type Reduction,
  type Scores,
} from "./group_importance.ts";
export { groupMembers, type MemberPlace, rowsOf } from "./group_members.ts";
export type { ImportancePruningOptions, ImportancePruningOptionsInput } from "./options.ts";
export { comparable, type Importances, type RankingScope } from "./ranking.ts";
export { type PruneOptions, pruneToBudget, widthsAbove } from "./threshold.ts";

/**
 * Plugin that provides a `SearchStrategy` by the installed `Importance`. It chooses widths and which
 * channels are kept; residual sums must be tied.
 */
export const importancePruning: PluginFactory<ImportancePruningOptionsInput> = definePlugin<
  ImportancePruningOptions,
  ImportancePruningOptionsInput
>({
  name: "importance-pruning",
  version: "1",
  provides: [SearchStrategyToken],
  requires: [ImportanceToken],
  uses: [PenaltyToken],
  options: importancePruningOptionsSchema,
  setup(context, options) {
    context.provide(SearchStrategyToken, (resolver) => {
      const importance = resolver.get(ImportanceToken);
      const services = { importance, penalties: resolver.getAll(PenaltyToken) };
      const { members } = options;
      return {
        name: "importance-pruning",
        needs: ["teacher"] as const,
        check(blueprint: Blueprint, decisions: readonly Decision[]) {
          checkTied(blueprint, decisions);
          scoredMembers(blueprint, { decisions, importance, members });
        },
        search: (search) => prune(search, services, options),
      };
    });
  },
});
