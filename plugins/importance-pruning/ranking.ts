import type { DecisionId } from "@espalier/core";
import type { MemberPlace } from "./group_members.ts";
import type { Scores } from "./group_importance.ts";

/** Importance of each channel, by decision. */
export type Importances = ReadonlyMap<DecisionId, Scores>;

/** Which channels are compared with each other. */
export type RankingScope = "global" | "layer" | "isomorphic";

/** Names that are equal for groups whose members do the same, whatever their sizes. */
function structureOf(members: readonly MemberPlace[]): string {
  return members.map(({ node: { op }, role }) => `${op}/${role}`).join();
}

/** The share of a pool's channels that are less important. */
function quantiles(pool: Scores): (score: number) => number {
  const sorted = [...pool].sort((a, b) => a - b);
  const below = new Map<number, number>();
  sorted.forEach((score, i) => below.set(score, below.get(score) ?? i / sorted.length));
  return (score) => below.get(score)!;
}

/**
 * Importances that one threshold may compare. `global`: as they are. `layer`: in each group the share
 * of its channels that are less important, so that all groups lose the same share. `isomorphic`: the
 * same within all groups of one structure (the same kinds of layers in the same roles).
 *
 * Source: Fang, Ma, Mi, Wang, "Isomorphic Pruning for Vision Models" (ECCV 2024), section 3.3.
 *
 * @param importances By decision.
 * @param options What is compared, and what the groups are made of.
 * @returns Importances by decision, in the order of each group's channels.
 */
export function comparable(
  importances: Importances,
  { ranking, members }: {
    readonly ranking: RankingScope;
    readonly members: ReadonlyMap<DecisionId, readonly MemberPlace[]>;
  },
): Importances {
  if (ranking === "global") return importances;
  const poolOf = (id: DecisionId) => ranking === "layer" ? id : structureOf(members.get(id)!);
  const pools = Map.groupBy(importances, ([id]) => poolOf(id));
  const shares = new Map(
    [...pools].map(([pool, groups]) =>
      [pool, quantiles(groups.flatMap(([, scores]) => [...scores]))] as const
    ),
  );
  return new Map(
    [...importances].map(([id, scores]) => [id, scores.map(shares.get(poolOf(id))!)] as const),
  );
}
