import { type Augmentation, augmentationSchema, instance, type OptionFields } from "@espalier/core";
import * as z from "zod";

/** A folder of images, and how they are read. Give `directory` or `files`. */
export interface ImageFolderOptions {
  /** Path of the folder. For Deno and Node. */
  readonly directory?: string;
  /** The files that a page's visitor chose by `<input type="file" webkitdirectory>`. */
  readonly files?: Iterable<File>;
  /** Size of every image; one channel is grey, four are colours with alpha. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * Path, below the folder, of a CSV with the columns `file` and `label`, and `split` if you like.
   *
   * @default none: the folder of an image is its class
   */
  readonly labels?: string;
  /**
   * Which split results are reported on.
   *
   * @default "test" if there is one, else "val", else a fifth of each class
   */
  readonly test?: "test" | "val";
  /**
   * `crop`: the short side is resized, then the middle is cut out; `squash`: all of the image, whatever
   * its ratio.
   *
   * @default "crop"
   */
  readonly resize?: "crop" | "squash";
  /**
   * Length of the short side before the middle is cut out, as 256 for a shape of 224 × 224.
   *
   * @default the least that covers the shape
   */
  readonly shortSide?: number;
  /**
   * Random changes of training images that keep their class.
   *
   * @default none
   */
  readonly augment?: Augmentation;
  /**
   * Share of the files that may be corrupt; they are left out, and named in `notes`.
   *
   * @default 0.05
   */
  readonly maxCorrupt?: number;
}

const side = z.int().min(1);

/** Schema of {@linkcode ImageFolderOptions}. */
export const imageFolderSchema: z.ZodType = z.strictObject(
  {
    directory: z.string().min(1).optional(),
    files: instance<Iterable<File>>("list of files", (value) => Symbol.iterator in Object(value))
      .optional(),
    shape: z.tuple([side, side, z.union([z.literal(1), z.literal(3), z.literal(4)])]),
    labels: z.string().min(1).optional(),
    test: z.enum(["test", "val"]).optional(),
    resize: z.enum(["crop", "squash"]).optional(),
    shortSide: side.optional(),
    augment: augmentationSchema.optional(),
    maxCorrupt: z.number().min(0).max(1).optional(),
  } satisfies OptionFields<ImageFolderOptions>,
).refine(({ directory, files }) => (directory === undefined) !== (files === undefined), {
  path: ["directory"],
  error: "give either directory or files",
}).refine(({ shape, shortSide, resize }) => {
  if (shortSide === undefined) return true;
  return resize !== "squash" && shortSide >= Math.max(shape[0], shape[1]);
}, { path: ["shortSide"], error: "it must cover the shape, and is of no use to squash" });

/**
 * ImageNet as the paper reads it: random parts of 224 × 224 and flips in training, a short side of 256
 * and the middle 224 × 224 elsewhere. Colours are changed as the authors' code does; the noise along the
 * colours' principal axes that it adds is left out, as it is below half of a byte's step.
 *
 * Source: TAS (NeurIPS 2019), section 4.1; torchvision's `RandomResizedCrop(224)` and
 * `ColorJitter(0.4, 0.4, 0.4, 0.2)`.
 */
export const IMAGENET: Required<
  Pick<ImageFolderOptions, "shape" | "resize" | "shortSide" | "augment">
> = {
  shape: [224, 224, 3],
  resize: "crop",
  shortSide: 256,
  augment: {
    pad: 0,
    flip: true,
    resizedCrop: { area: [0.08, 1], ratio: [3 / 4, 4 / 3] },
    colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 },
  },
};
