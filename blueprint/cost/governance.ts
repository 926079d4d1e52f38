import type { Decision, StageId } from "@espalier/core";

/** The decision about the depth of each searched stage. */
export function exitDecisions(decisions: readonly Decision[]): ReadonlyMap<StageId, Decision> {
  const governing = new Map<StageId, Decision>();
  for (const decision of decisions) {
    if (decision.effect.kind === "exit") governing.set(decision.effect.stage, decision);
  }
  return governing;
}
