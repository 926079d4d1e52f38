import type { TrainingOptions } from "@espalier/core";
import type { DifferentiableSearchOptionsInput } from "@espalier/plugin-differentiable-search";
import type { GumbelSoftmaxOptionsInput } from "@espalier/plugin-gumbel-softmax";
import type { KdOptionsInput } from "@espalier/plugin-kd";
import type { DeepPartial } from "@espalier/plugin-training-recipe";

/** Names of the recipes. */
export const RECIPE_NAMES = ["default", "paper", "official", "quick"] as const;

/** Name of a recipe. */
export type RecipeName = typeof RECIPE_NAMES[number];

/** Settings of the plugins where they differ from these plugins' own defaults. */
export interface Recipe {
  /** Of `gumbel-softmax`. */
  readonly sampler: GumbelSoftmaxOptionsInput;
  /** Of `differentiable-search`. */
  readonly search: DifferentiableSearchOptionsInput;
  /** Of `training-recipe`, for the unpruned and the derived network alike. */
  readonly training: DeepPartial<TrainingOptions>;
  /** Of `kd`. */
  readonly distillation: KdOptionsInput;
}

/** What each recipe changes. */
export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  default: { sampler: {}, search: {}, training: {}, distillation: {} },
  paper: {
    sampler: {},
    search: {},
    training: { rate: { warmupEpochs: 0 } },
    distillation: { form: "cross-entropy" },
  },
  official: {
    sampler: { tau: { from: 5, to: 0.1, schedule: "cosine" } },
    search: {},
    training: { epochs: 305, rate: { warmupEpochs: 5, holdEpochs: 5 } },
    distillation: {},
  },
  quick: {
    sampler: {},
    search: {
      epochs: 8,
      batchSize: 64,
      weights: { rate: 0.05 },
      // A rate that moves the logits within tens of steps, not tens of thousands.
      architecture: { rate: 0.05 },
    },
    training: { epochs: 10, batchSize: 64, rate: { peak: 0.1, warmupEpochs: 1 } },
    distillation: {},
  },
};
