/**
 * Epochs, learning rates and optimizer for the training of the unpruned and of the derived network.
 *
 * @module
 */
import { definePlugin, type PluginFactory, TrainingRecipeToken } from "@espalier/core";
import {
  type TrainingRecipeOptions,
  type TrainingRecipeOptionsInput,
  trainingRecipeOptionsSchema,
} from "./options.ts";

export type { DeepPartial, TrainingRecipeOptions, TrainingRecipeOptionsInput } from "./options.ts";

/**
 * Plugin that provides a `TrainingRecipe` from its options.
 *
 * Source of the defaults: TAS (NeurIPS 2019), section 4.1.
 */
export const trainingRecipe: PluginFactory<TrainingRecipeOptionsInput> = definePlugin<
  TrainingRecipeOptions,
  TrainingRecipeOptionsInput
>({
  name: "training-recipe",
  version: "1",
  provides: [TrainingRecipeToken],
  options: trainingRecipeOptionsSchema,
  setup(context, options) {
    context.provide(TrainingRecipeToken, () => options);
  },
});
