import {
  PenaltyToken,
  type Phase,
  type TrainingOptions,
  TrainingRecipeToken,
} from "@espalier/core";
import { trainNetwork } from "@espalier/training";
import type { HasTeacher } from "../made.ts";

/** Settings of a training phase: what it changes of the installed recipe. */
export type TrainingChanges = Partial<TrainingOptions>;

/**
 * Train the unpruned network.
 *
 * @param changes What differs from the installed recipe.
 * @returns The phase; it makes `teacher`.
 */
export function pretrain(changes: TrainingChanges = {}): Phase<object, HasTeacher> {
  return {
    name: "pretrain",
    version: "2",
    options: { ...changes },
    requires: [TrainingRecipeToken],
    uses: [PenaltyToken],
    makes: ["teacher"],
    run: async (context) => ({
      teacher: await trainNetwork(context, {
        blueprint: context.blueprint,
        training: { ...context.services.get(TrainingRecipeToken).pretrain, ...changes },
        stream: "pretrain",
        penalties: context.services.getAll(PenaltyToken),
      }),
    }),
  };
}
