import * as z from "zod";
import type { OptionFields } from "../plugin/options.ts";
import type { Augmentation, ColorJitter } from "./dataset.ts";
import type { ResizedCrop } from "./resized_crop.ts";

const share = z.number().min(0).max(1);
const range = z.tuple([z.number().positive(), z.number().positive()])
  .refine(([least, greatest]) => least <= greatest, "the least comes first");

/** Schema of an {@linkcode Augmentation}. */
export const augmentationSchema: z.ZodType = z.strictObject(
  {
    pad: z.int().min(0),
    flip: z.boolean(),
    resizedCrop: z.strictObject(
      {
        area: range.refine(([, greatest]) => greatest <= 1, "a share is at most 1"),
        ratio: range,
      } satisfies OptionFields<ResizedCrop>,
    ).optional(),
    colorJitter: z.strictObject(
      {
        brightness: share,
        contrast: share,
        saturation: share,
        hue: z.number().min(0).max(0.5),
      } satisfies OptionFields<ColorJitter>,
    ).optional(),
  } satisfies OptionFields<Augmentation>,
);
