import { z } from "zod";
import type { TrainingOptions, TrainingRecipe } from "@espalier/core";

/** A type with all properties optional, at every depth. */
export type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
  : T;

/**
 * Validated options of the plugin: one training for the unpruned network, one for the derived one.
 * Both have the same defaults, so that pretraining is the derived training without a teacher.
 */
export type TrainingRecipeOptions = TrainingRecipe;

/** Options as the user writes them. */
export type TrainingRecipeOptionsInput = DeepPartial<TrainingRecipe>;

const rate = z.strictObject({
  peak: z.number().positive().default(0.1).describe("Highest learning rate"),
  warmupEpochs: z.int().min(0).default(5).describe("Epochs of linear rise from 0"),
  decay: z.enum(["cosine", "constant"]).default("cosine").describe("Shape of the decay"),
  final: z.number().min(0).default(0).describe("Rate at the end of the decay"),
  holdEpochs: z.int().min(0).default(0).describe("Epochs at the end that stay at `final`"),
});

const optimizer = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0.9).describe("Share of the velocity that is kept"),
  nesterov: z.boolean().default(true).describe("Whether to look ahead"),
  decay: z.number().min(0).default(5e-4).describe("Weight decay"),
});

const training: z.ZodType<TrainingOptions, DeepPartial<TrainingOptions>> = z.strictObject({
  epochs: z.int().min(1).default(300).describe("Epochs in all, warm-up and hold included"),
  batchSize: z.int().min(1).default(256).describe("Images a step"),
  rate: rate.prefault({}).describe("Learning rate"),
  optimizer: optimizer.prefault({}).describe("Optimizer of the weights"),
}).refine(({ epochs, rate }) => rate.warmupEpochs + rate.holdEpochs < epochs, {
  path: ["rate"],
  error: ({ input }) => {
    const { epochs, rate } = input as TrainingOptions;
    return `${epochs} epochs leave none at the full rate after warmupEpochs ` +
      `${rate.warmupEpochs} and holdEpochs ${rate.holdEpochs}: lower these`;
  },
});

/** Schema of {@linkcode TrainingRecipeOptions}. */
export const trainingRecipeOptionsSchema: z.ZodType<
  TrainingRecipeOptions,
  TrainingRecipeOptionsInput
> = z.strictObject({
  pretrain: training.prefault({}).describe("Training of the unpruned network"),
  train: training.prefault({}).describe("Training of the derived network"),
});
