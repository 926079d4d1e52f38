import {
  type Choices,
  EspalierError,
  type Importance,
  type SearchContext,
  type SearchResult,
  type TrainedNetwork,
} from "@espalier/core";
import { groupImportance, rankChannels } from "./group_importance.ts";
import type { ImportancePruningOptions } from "./options.ts";
import { comparable } from "./ranking.ts";
import { scoredMembers } from "./scored_members.ts";
import { scoreMembers } from "./score_members.ts";
import { pruneToBudget } from "./threshold.ts";

function teacherOf({ teacher, blueprint }: SearchContext): TrainedNetwork {
  if (teacher !== undefined) return teacher;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot prune "${blueprint.name}" by importance as it must be trained first: the pipeline has no ` +
      "teacher. Put a phase that trains or loads one before the search.",
  );
}

/**
 * Keep the most important channels of a trained network: one threshold for all groups, found so that
 * the cost ends as near to the target as it can.
 *
 * @param context What there is to decide, the trained network, the budget.
 * @param importance What scores channels.
 * @param options Which channels are compared, and how members of a group are put together.
 * @returns Widths, and the channels by decreasing importance.
 */
export async function importancePruning(
  context: SearchContext,
  importance: Importance,
  options: ImportancePruningOptions,
): Promise<SearchResult> {
  const { blueprint, decisions, budget } = context;
  const teacher = teacherOf(context);
  const members = scoredMembers(blueprint, { decisions, importance, members: options.members });
  const { scores, images } = await scoreMembers(members, {
    ...options,
    importance,
    teacher,
    context,
  });
  const own = new Map([...scores].map(([id, scores]) => [id, groupImportance(scores, options)]));
  const importances = comparable(own, { ranking: options.ranking, members });
  const cost = (choices: Choices) => context.cost(choices);
  const choices = pruneToBudget(decisions, { importances, budget, cost });
  await context.progress({ epoch: 0, epochs: 1, images, cost: cost(choices) });
  const ranking = Object.fromEntries([...own].map(([id, values]) => [id, rankChannels(values)]));
  return { choices, ranking };
}
