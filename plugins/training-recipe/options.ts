import {
  rateFields,
  sgdFields,
  trainingFields,
  type TrainingOptions,
  type TrainingRecipe,
} from "@espalier/core";
import * as z from "zod";

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
  peak: rateFields.peak.default(0.1).describe("Highest learning rate"),
  warmupEpochs: rateFields.warmupEpochs.default(5).describe("Epochs of linear rise from 0"),
  decay: rateFields.decay.default("cosine").describe("Shape of the decay"),
  final: rateFields.final.default(0).describe("Rate at the end of the decay"),
  holdEpochs: rateFields.holdEpochs.default(0).describe("Epochs at the end that stay at `final`"),
});

const optimizer = z.strictObject({
  momentum: sgdFields.momentum.default(0.9).describe("Share of the velocity that is kept"),
  nesterov: sgdFields.nesterov.default(true).describe("Whether to look ahead"),
  decay: sgdFields.decay.default(5e-4).describe("Weight decay"),
});

const training: z.ZodType<TrainingOptions, DeepPartial<TrainingOptions>> = z.strictObject({
  epochs: trainingFields.epochs.default(300).describe("Epochs in all, warm-up and hold included"),
  batchSize: trainingFields.batchSize.default(256).describe("Images a step"),
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
