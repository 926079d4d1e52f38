import {
  augmentationSchema,
  type Dataset,
  instance,
  type Normalization,
  type OptionFields,
  type Split,
} from "@espalier/core";
import { z } from "zod";

/** A split whose labels may still be anything array-like. */
export interface LooseSplit {
  /** `[count, height, width, channels]`, row-major. */
  readonly images: Split["images"];
  /** The class of each image. */
  readonly labels: ArrayLike<number>;
}

const count = z.int().min(1);
const numbers = z.array(z.number());

const split = z.strictObject(
  {
    images: instance<Split["images"]>(
      "Uint8Array or Float32Array",
      (value) => value instanceof Uint8Array || value instanceof Float32Array,
      () => "convert them",
    ),
    labels: instance<LooseSplit["labels"]>(
      "list of classes",
      (value) => Array.isArray(value) || ArrayBuffer.isView(value),
    ),
  } satisfies OptionFields<LooseSplit>,
);

/** Schemas of a {@linkcode Dataset} but for its fingerprint, and for the content of its arrays. */
export const DATASET = {
  name: z.string(),
  classes: z.int().min(2),
  shape: z.tuple([count, count, count]),
  train: split,
  test: split,
  augment: augmentationSchema.optional(),
  normalization: z.strictObject(
    { mean: numbers, deviation: numbers } satisfies OptionFields<Normalization>,
  ).optional(),
} satisfies OptionFields<Omit<Dataset, "fingerprint" | "classNames" | "notes">>;

/** Schema of a fingerprint. */
export const fingerprint: z.ZodType<string> = z.string().min(1);

/** Schema of a {@linkcode Dataset} but for the content of its arrays. */
export const datasetSchema: z.ZodType = z.strictObject(
  {
    ...DATASET,
    fingerprint,
    classNames: z.array(z.string()).optional(),
    notes: z.array(z.string()).optional(),
  } satisfies OptionFields<Dataset>,
);
