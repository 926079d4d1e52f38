import * as z from "zod";
import type { RateSchedule, SgdOptions, TrainingOptions } from "./training_recipe.ts";

/**
 * A schema for each property.
 *
 * @typeParam T The object.
 */
export type Fields<T> = { readonly [Name in keyof T]: z.ZodType<T[Name], T[Name]> };

/** Schemas of a {@linkcode RateSchedule}. */
export const rateFields: Fields<RateSchedule> = {
  peak: z.number().positive(),
  warmupEpochs: z.int().min(0),
  decay: z.enum(["cosine", "constant"]),
  final: z.number().min(0),
  holdEpochs: z.int().min(0),
};

/** Schemas of {@linkcode SgdOptions}. */
export const sgdFields: Fields<SgdOptions> = {
  momentum: z.number().min(0).lt(1),
  nesterov: z.boolean(),
  decay: z.number().min(0),
};

/** Schemas of {@linkcode TrainingOptions}. */
export const trainingFields: Fields<TrainingOptions> = {
  epochs: z.int().min(1),
  batchSize: z.int().min(1),
  rate: z.strictObject(rateFields),
  optimizer: z.strictObject(sgdFields),
};
