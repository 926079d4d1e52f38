import { derive, keptOf } from "@espalier/blueprint";
import {
  type Choices,
  type Decision,
  type DecisionId,
  EspalierError,
  type Importance,
  type Penalty,
  type SearchContext,
  type SearchResult,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { inheritedWeights } from "@espalier/supernet";
import { cubicTarget } from "./cubic_schedule.ts";
import { groupImportance, rankChannels } from "./group_importance.ts";
import type { MemberPlace } from "./group_members.ts";
import type { ImportancePruningOptions } from "./options.ts";
import { comparable } from "./ranking.ts";
import { scattered, zerosOf } from "./scatter.ts";
import { scoredMembers } from "./scored_members.ts";
import { scoreMembers, type ScoringState } from "./score_members.ts";
import { pruneToBudget } from "./threshold.ts";
import { tune, type TuneState } from "./tune.ts";

/** What a search works with beside its context. */
export interface PruningServices {
  /** What scores channels. */
  readonly importance: Importance;
  /** Terms on the weights, between rounds. */
  readonly penalties: readonly Penalty[];
}

/** What is left of the network after some rounds. */
interface State {
  /** Members of each group, with the channels that are left. */
  readonly members: ReadonlyMap<DecisionId, readonly MemberPlace[]>;
  /** Channels by decreasing importance: those that are left, then the others, dropped last first. */
  readonly ranking: Readonly<Record<DecisionId, readonly number[]>>;
  /** How many of them are left. */
  readonly widths: Choices;
  /** Weights of the unpruned network, zeros where channels were dropped. */
  readonly masked: Weights;
  /** The same, with the last weights of dropped channels. */
  readonly weights: Weights;
}

/** All that the rest of the rounds depends on. */
interface Saved extends Omit<State, "members"> {
  /** Rounds that are done. */
  readonly round: number;
  /** What this round keeps, and how far what is left has been trained; absent at its start. */
  readonly tuning?: { readonly pruned: Pruned; readonly at: TuneState };
  /** How far channels have been scored in this round. */
  readonly scoring?: ScoringState;
}

/** What a round keeps. */
interface Pruned {
  readonly choices: Choices;
  readonly ranking: State["ranking"];
}

function teacherOf({ teacher, blueprint }: SearchContext): TrainedNetwork {
  if (teacher !== undefined) return teacher;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot prune "${blueprint.name}" by importance as it must be trained first: the pipeline has no ` +
      "teacher. Put a phase that trains or loads one before the search.",
  );
}

/** Decisions whose layers can only lose channels. */
function narrowing(decisions: readonly Decision[], widths: Choices): readonly Decision[] {
  return decisions.map((decision) => {
    const width = widths[decision.id] ?? Infinity;
    return { ...decision, candidates: decision.candidates.filter((n) => n <= width) };
  });
}

/**
 * Keep the most important channels of a trained network: one threshold for all groups, found so that
 * the cost ends as near to the target as it can. In several rounds costs fall by a cubic schedule, and
 * what is left is trained between them.
 *
 * @param context What there is to decide, the trained network, the budget.
 * @param services Importance and penalties.
 * @param options Which channels are compared, how members of a group are put together, rounds.
 * @returns Widths, and the channels by decreasing importance; after several rounds also the weights of
 * the unpruned network as they were trained on.
 */
export async function importancePruning(
  context: SearchContext,
  services: PruningServices,
  options: ImportancePruningOptions,
): Promise<SearchResult> {
  const { blueprint, decisions, checkpoint } = context;
  const { importance } = services;
  const { weights } = teacherOf(context);
  const members = scoredMembers(blueprint, { decisions, importance, members: options.members });
  const all = [...members].map(([id, [first]]) => [id, [...first!.channels.keys()]] as const);
  const ranking = Object.fromEntries(all);
  const widths = Object.fromEntries(all.map(([id, { length }]) => [id, length]));
  let saved = await checkpoint.latest<Saved>();
  let state: State = saved === undefined
    ? { members, ranking, widths, masked: weights, weights }
    : { ...saved, members: left(members, { ...saved, choices: saved.widths }) };
  const save = async (round: number, at: Pick<Saved, "scoring" | "tuning"> = {}) => {
    const { members: _, ...rest } = state;
    await checkpoint.save({ ...rest, round, ...at }, { done: round / options.rounds });
  };
  for (let round = saved?.round ?? 0;; round++) {
    const pruned = saved?.tuning?.pruned ??
      await pruneRound(context, state, {
        ...{ services, options, round },
        from: saved?.scoring,
        save: (scoring) => save(round, { scoring }),
      });
    const { choices, ranking } = pruned;
    if (round + 1 === options.rounds) {
      return { choices, ranking, ...round > 0 && { weights: state.weights } };
    }
    const kept = keptOf(choices, { decisions, ranking });
    const network = derive(blueprint, { decisions, choices, kept });
    const inherited = inheritedWeights(network, { blueprint, weights: state.weights });
    const tuned = await tune({ blueprint: network, weights: inherited }, {
      ...options,
      ...services,
      context,
      round,
      from: saved?.tuning?.at,
      save: (at) => save(round, { tuning: { pruned, at } }),
    });
    saved = undefined;
    await context.progress({
      ...{ epoch: round, epochs: options.rounds, images: 0, cost: context.cost(choices) },
    });
    state = {
      ranking,
      widths: choices,
      members: left(members, { ranking, choices }),
      masked: scattered(tuned, zerosOf(weights)),
      weights: scattered(tuned, state.weights),
    };
    if (checkpoint.due("epoch")) await save(round + 1);
  }
}

/** Members with the channels that are left, ascending. */
function left(
  members: State["members"],
  { ranking, choices }: Pick<State, "ranking"> & { readonly choices: Choices },
): State["members"] {
  return new Map([...members].map(([id, places]) => {
    const kept = ranking[id]!.slice(0, choices[id]!).sort((a, b) => a - b);
    const own = places.map((place) => ({
      ...place,
      channels: kept.map((channel) => place.channels[channel]!),
    }));
    return [id, own] as const;
  }));
}

/** Rank what is left, and choose widths for the cost of a round. */
async function pruneRound(
  context: SearchContext,
  { members, ranking: before, widths, masked }: State,
  { services: { importance }, options, round, from, save }: {
    readonly services: PruningServices;
    readonly options: ImportancePruningOptions;
    readonly round: number;
    readonly from: ScoringState | undefined;
    readonly save: (state: ScoringState) => Promise<void>;
  },
): Promise<Pruned> {
  const { blueprint, decisions, budget } = context;
  const teacher = { blueprint, weights: masked };
  const { scores, images } = await scoreMembers(members, {
    ...options,
    importance,
    teacher,
    ...{ context, round, from, save },
  });
  const own = new Map([...scores].map(([id, scores]) => [id, groupImportance(scores, options)]));
  const importances = comparable(own, { ranking: options.ranking, members });
  const cost = (choices: Choices) => context.cost(choices);
  const target = cubicTarget((round + 1) / options.rounds, budget);
  const isLast = round + 1 === options.rounds;
  const choices = pruneToBudget(narrowing(decisions, widths), {
    importances,
    budget: isLast ? budget : { target, low: target, high: target },
    cost,
  });
  await context.progress({
    ...{ epoch: round, epochs: options.rounds, images, cost: cost(choices) },
    ...!isLast && { step: 0, steps: 1 },
  });
  const ranking = [...own].map(([id, values]) => {
    const kept = before[id]!.slice(0, values.length).sort((a, b) => a - b);
    const order = rankChannels(values).map((i) => kept[i]!);
    return [id, [...order, ...before[id]!.slice(values.length)]] as const;
  });
  return { choices, ranking: Object.fromEntries(ranking) };
}
