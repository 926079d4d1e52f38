import {
  type Augmentation,
  checkOptions,
  type Dataset,
  type Normalization,
  type OptionFields,
  registerDataset,
  type Split,
} from "@espalier/core";
import { z } from "zod";
import { DATASET, fingerprint, type LooseSplit } from "./dataset_schema.ts";
import { checkAlike, checkNormalization, checkSplit } from "./validate_dataset.ts";

/** A user's own data. */
export interface ArraysOptions {
  /** Display name. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Images to train and search on, with one label each. */
  readonly train: LooseSplit;
  /** Images to report on, with one label each. */
  readonly test: LooseSplit;
  /**
   * The augmentation that makes sense for this data.
   *
   * @default none
   */
  readonly augment?: Augmentation;
  /**
   * How images are normalised.
   *
   * @default by mean and deviation of the training images; those of a trained network are left as they are
   */
  readonly normalization?: Normalization;
  /**
   * Identifies the content.
   *
   * @default SHA-256 over the content
   */
  readonly fingerprint?: string;
}

const arraysSchema = z.strictObject(
  { ...DATASET, fingerprint: fingerprint.optional() } satisfies OptionFields<ArraysOptions>,
);

function toSplit({ images, labels }: LooseSplit): Split {
  const known = labels instanceof Uint8Array || labels instanceof Int32Array;
  return { images, labels: known ? labels : Int32Array.from(labels) };
}

async function digest(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  // Shared memory cannot be digested, so it is copied first.
  const own = bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : bytes.slice();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", own));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A digest of digests, so that large arrays need not be concatenated. */
async function fingerprintOf(options: ArraysOptions, splits: readonly Split[]): Promise<string> {
  const { classes, shape, augment } = options;
  const crop = augment?.resizedCrop;
  const header = JSON.stringify([
    ...[classes, shape, augment?.pad ?? 0, augment?.flip ?? false],
    ...crop === undefined ? [] : [crop.area, crop.ratio],
  ]);
  const parts = [new TextEncoder().encode(header)];
  for (const { images, labels } of splits) {
    parts.push(await digest(bytesOf(images)), await digest(bytesOf(Int32Array.from(labels))));
  }
  const bytes = parts.flatMap((part) => [...part]);
  const hash = await digest(Uint8Array.from(bytes));
  return `sha256-${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Make a dataset from arrays. The images are not copied.
 *
 * @example Four grey images of 1 × 2 pixels
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromArrays } from "@espalier/training";
 *
 * const dataset = await fromArrays({
 *   name: "mine",
 *   classes: 2,
 *   shape: [1, 2, 1],
 *   train: { images: Uint8Array.of(0, 1, 9, 8), labels: [0, 1] },
 *   test: { images: Uint8Array.of(1, 1, 8, 8), labels: [0, 1] },
 * });
 * assertEquals(dataset.train.labels, Int32Array.of(0, 1));
 * ```
 *
 * @param options Arrays and sizes.
 * @returns The dataset.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, a split is empty, lengths differ, a label is no class
 * or a pixel is not finite.
 */
export async function fromArrays(options: ArraysOptions): Promise<Dataset> {
  checkOptions(arraysSchema, options, { subject: "fromArrays()", code: "ERR_DATA_INVALID" });
  const { name, classes, shape, augment, normalization } = options;
  // Labels are checked before their conversion, which would truncate fractions.
  checkSplit(options, options.train, "train");
  checkSplit(options, options.test, "test");
  checkAlike(name, options);
  checkNormalization(options);
  const train = toSplit(options.train);
  const test = toSplit(options.test);
  return registerDataset({
    name,
    fingerprint: options.fingerprint ?? await fingerprintOf(options, [train, test]),
    classes,
    shape: [...shape],
    train,
    test,
    ...(augment && { augment: { ...augment } }),
    ...(normalization && { normalization: structuredClone(normalization) }),
  });
}
