import { type TrainingOptions, TrainingRecipeToken } from "../contracts/training_recipe.ts";
import type { HasTeacher, Phase } from "../pipeline/phase.ts";
import { trainNetwork } from "../training/train_network.ts";

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
    version: "1",
    options: { ...changes },
    requires: [TrainingRecipeToken],
    uses: [],
    makes: ["teacher"],
    run: async (context) => ({
      teacher: await trainNetwork(context, {
        blueprint: context.blueprint,
        training: { ...context.services.get(TrainingRecipeToken).pretrain, ...changes },
        stream: "pretrain",
      }),
    }),
  };
}
