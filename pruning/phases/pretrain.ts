import { ObjectiveToken, PenaltyToken, type Phase, TrainingRecipeToken } from "@espalier/core";
import { objectiveOf, trainNetwork } from "@espalier/training";
import type { HasTeacher } from "../made.ts";
import { takeChanges, type TrainingChanges } from "./training_changes.ts";

/**
 * Train the unpruned network.
 *
 * @param changes What differs from the installed recipe.
 * @returns The phase; it makes `teacher`.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function pretrain(changes: TrainingChanges = {}): Phase<object, HasTeacher> {
  const options = takeChanges(changes, "pretrain");
  return {
    name: "pretrain",
    version: "4",
    options,
    requires: [TrainingRecipeToken],
    uses: [ObjectiveToken, PenaltyToken],
    makes: ["teacher"],
    run: async (context) => ({
      teacher: await trainNetwork(context, {
        blueprint: context.blueprint,
        training: { ...context.services.get(TrainingRecipeToken).pretrain, ...options },
        objective: objectiveOf(context.services),
        stream: "pretrain",
        penalties: context.services.getAll(PenaltyToken),
      }),
    }),
  };
}
