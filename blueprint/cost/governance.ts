import type { Decision, NodeId, StageId } from "@espalier/core";

/** The decision about the output channels of each searched node. */
export function channelDecisions(decisions: readonly Decision[]): ReadonlyMap<NodeId, Decision> {
  const governing = new Map<NodeId, Decision>();
  for (const decision of decisions) {
    if (decision.effect.kind !== "channels") continue;
    for (const node of decision.effect.nodes) governing.set(node, decision);
  }
  return governing;
}

/** The decision about the depth of each searched stage. */
export function exitDecisions(decisions: readonly Decision[]): ReadonlyMap<StageId, Decision> {
  const governing = new Map<StageId, Decision>();
  for (const decision of decisions) {
    if (decision.effect.kind === "exit") governing.set(decision.effect.stage, decision);
  }
  return governing;
}
