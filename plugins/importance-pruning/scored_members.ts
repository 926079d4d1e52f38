import {
  type Blueprint,
  type Decision,
  type DecisionId,
  EspalierError,
  type Importance,
} from "@espalier/core";
import { groupMembers, type MemberPlace } from "./group_members.ts";

/**
 * The members of each group that an importance scores.
 *
 * @param blueprint The unpruned network.
 * @param options Decisions, importance, and whether it scores all of its roles or its first.
 * @returns Members by decision about channels.
 * @throws {EspalierError} ERR_CONFIG_INVALID if a group has none.
 */
export function scoredMembers(
  blueprint: Blueprint,
  { decisions, importance: { name, roles }, members }: {
    readonly decisions: readonly Decision[];
    readonly importance: Importance;
    readonly members: "main" | "all";
  },
): ReadonlyMap<DecisionId, readonly MemberPlace[]> {
  const scored: readonly string[] = members === "all" ? roles : roles.slice(0, 1);
  const found = new Map<DecisionId, readonly MemberPlace[]>();
  for (const [group, places] of groupMembers(blueprint, decisions)) {
    const own = places.filter(({ role }) => scored.includes(role));
    if (own.length === 0) {
      throw new EspalierError(
        "ERR_CONFIG_INVALID",
        `Cannot rank the channels of "${group}" by "${name}" as it scores ${scored.join(", ")}: ` +
          `the group has none. Install another importance, or let width-search ignore the layer.`,
      );
    }
    found.set(group, own);
  }
  return found;
}
