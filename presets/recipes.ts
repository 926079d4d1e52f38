import type { TrainingOptions } from "@espalier/core";
import type { DifferentiableSearchOptionsInput } from "@espalier/plugin-differentiable-search";
import type { GumbelSoftmaxOptionsInput } from "@espalier/plugin-gumbel-softmax";
import type { KdOptionsInput } from "@espalier/plugin-kd";
import type { DeepPartial } from "@espalier/plugin-training-recipe";

/** Name of a recipe. */
export type RecipeName = "default" | "paper" | "paper-imagenet" | "official" | "quick";

/** Settings of the plugins where they differ from these plugins' own defaults. */
export interface Recipe {
  /** Of `gumbel-softmax`. */
  readonly sampler: GumbelSoftmaxOptionsInput;
  /** Of `differentiable-search`. */
  readonly search: DifferentiableSearchOptionsInput;
  /** Of `training-recipe`, for the unpruned network. */
  readonly pretrain: DeepPartial<TrainingOptions>;
  /** Of `training-recipe`, for the derived network. */
  readonly train: DeepPartial<TrainingOptions>;
  /** Of `kd`. */
  readonly distillation: KdOptionsInput;
}

const WITHOUT_WARMUP = { rate: { warmupEpochs: 0 } };
const IMAGENET = { epochs: 120, rate: { warmupEpochs: 0 }, optimizer: { decay: 1e-4 } };
const WARMUP_AND_HOLD = { epochs: 305, rate: { warmupEpochs: 5, holdEpochs: 5 } };

/** What each recipe changes. */
export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  default: { sampler: {}, search: {}, pretrain: {}, train: {}, distillation: {} },
  paper: {
    sampler: {},
    search: {},
    pretrain: WITHOUT_WARMUP,
    train: WITHOUT_WARMUP,
    distillation: { form: "cross-entropy" },
  },
  // Section 4.1 of the paper; the official code's files for ImageNet have these rates and decays too.
  "paper-imagenet": {
    sampler: {},
    search: { epochs: 120, weights: { decay: 1e-4 } },
    pretrain: IMAGENET,
    train: IMAGENET,
    distillation: { form: "cross-entropy", weight: 0.5 },
  },
  official: {
    sampler: { tau: { from: 5, to: 0.1, schedule: "cosine" } },
    search: {},
    pretrain: WARMUP_AND_HOLD,
    train: WARMUP_AND_HOLD,
    distillation: {},
  },
  quick: {
    sampler: {},
    search: {
      epochs: 4,
      batchSize: 32,
      weights: { rate: 0.05 },
      // A rate that moves the logits within hundreds of steps, not tens of thousands.
      architecture: { rate: 0.05 },
    },
    pretrain: { epochs: 8, batchSize: 32, rate: { peak: 0.1, warmupEpochs: 1 } },
    // A lower rate: the distillation term, 16 times as large at temperature 4, has no time to settle.
    train: { epochs: 8, batchSize: 32, rate: { peak: 0.05, warmupEpochs: 1 } },
    // A teacher trained for a few epochs is worth less than one trained for 300.
    distillation: { weight: 0.5 },
  },
};

/** Names of the recipes. */
export const RECIPE_NAMES: readonly RecipeName[] = [
  "default",
  "paper",
  "paper-imagenet",
  "official",
  "quick",
];
