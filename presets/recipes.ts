import type { TrainingOptions } from "@espalier/core";
import type { DifferentiableSearchOptionsInput } from "@espalier/plugin-differentiable-search";
import type { GumbelSoftmaxOptionsInput } from "@espalier/plugin-gumbel-softmax";
import type { KdOptionsInput } from "@espalier/plugin-kd";
import type { WidthSearchOptionsInput } from "@espalier/plugin-width-search";
import type { DeepPartial } from "@espalier/plugin-training-recipe";

/** Name of a recipe. */
export type RecipeName = "default" | "paper" | "paper-imagenet" | "official" | "quick";

/** Settings of the plugins where they differ from these plugins' own defaults. */
export interface Recipe {
  /** Of `width-search`. */
  readonly widths: WidthSearchOptionsInput;
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
  /** Whether the derived network starts from the unpruned one, whose channels are sorted before the search. */
  readonly inherits: boolean;
}

const WITHOUT_WARMUP = { rate: { warmupEpochs: 0 } };
const IMAGENET = { epochs: 120, rate: { warmupEpochs: 0 }, optimizer: { decay: 1e-4 } };
const WARMUP_AND_HOLD = { epochs: 305, rate: { warmupEpochs: 5, holdEpochs: 5 } };

/** Nothing changed: the derived network starts fresh, as in the paper. */
const DEFAULTS: Recipe = {
  ...{ widths: {}, sampler: {}, search: {}, pretrain: {}, train: {}, distillation: {} },
  inherits: false,
};

/** What each recipe changes. */
export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  default: DEFAULTS,
  paper: {
    ...DEFAULTS,
    pretrain: WITHOUT_WARMUP,
    train: WITHOUT_WARMUP,
    distillation: { form: "cross-entropy" },
  },
  // Section 4.1 of the paper; the official code's files for ImageNet have these rates and decays too.
  "paper-imagenet": {
    ...DEFAULTS,
    search: { epochs: 120, weights: { decay: 1e-4 } },
    pretrain: IMAGENET,
    train: IMAGENET,
    distillation: { form: "cross-entropy", weight: 0.5 },
  },
  official: {
    ...DEFAULTS,
    sampler: { tau: { from: 5, to: 0.1, schedule: "cosine" } },
    pretrain: WARMUP_AND_HOLD,
    train: WARMUP_AND_HOLD,
  },
  quick: {
    // Tied widths lose no channel at a sum, which projections do.
    widths: { residual: "tie" },
    sampler: {},
    search: {
      epochs: 3,
      batchSize: 64,
      start: "teacher",
      // Hundreds of steps leave every candidate undecided.
      choose: "nearest-to-mean",
      weights: { rate: 0.02 },
      // A rate that moves the logits within hundreds of steps, not tens of thousands.
      architecture: { rate: 0.05 },
    },
    pretrain: { epochs: 8, batchSize: 32, rate: { peak: 0.1, warmupEpochs: 1 } },
    // A lower rate: the distillation term, 16 times as large at temperature 4, has no time to settle.
    train: { epochs: 6, batchSize: 64, rate: { peak: 0.05, warmupEpochs: 1 } },
    // A teacher trained for a few epochs is worth less than one trained for 300.
    distillation: { weight: 0.5 },
    inherits: true,
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
