/** Schemas that operations share. */
import * as z from "zod";
import { ACTIVATION_NAMES } from "../activations.ts";

/** At least 1. */
export const positive = z.int().positive();
/** At least 0. */
export const natural = z.int().nonnegative();
/** Height and width. */
export const size = z.tuple([positive, positive]);
/** Rows and columns around an image. */
export const padding = z.tuple([natural, natural, natural, natural]);
/** An activation function. */
export const activation = z.union([
  z.enum(ACTIVATION_NAMES),
  z.strictObject({
    name: z.literal("relu"),
    max: z.number().positive().optional(),
    slope: z.number().optional(),
    threshold: z.number().nonnegative().optional(),
  }),
]);
/** A batch norm. */
export const norm = z.strictObject({
  epsilon: z.number().positive(),
  momentum: z.number().min(0).max(1),
  scale: z.boolean().optional(),
  center: z.boolean().optional(),
});
/** What convolutions share. */
export const convFields = {
  ...{ kernel: size, strides: size, padding, dilation: size, bias: z.boolean() },
  ...{ norm: norm.optional(), activation: activation.optional() },
};
