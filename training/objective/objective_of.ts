import { type Objective, ObjectiveToken, type Resolver } from "@espalier/core";
import { plainClassification } from "./plain_classification.ts";

/**
 * What is learned: the installed objective, or classification. A phase that asks lists
 * `ObjectiveToken` in its `uses`.
 *
 * @param services Services of a phase.
 * @returns The objective.
 */
export function objectiveOf(services: Resolver): Objective {
  return services.has(ObjectiveToken) ? services.get(ObjectiveToken) : plainClassification;
}
