import { type AnyPhase, type Blueprint, EspalierError } from "@espalier/core";

/** Refuse a pipeline that would not use the weights of a trained network. */
export function checkGiven({ name }: Blueprint, phases: readonly AnyPhase[]): void {
  if (phases.some((phase) => phase.name === "given")) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot prune the trained network "${name}" as its weights must be used: no phase of the pipeline ` +
      "takes them. Begin with phases.given(network), or give the blueprint alone.",
  );
}
