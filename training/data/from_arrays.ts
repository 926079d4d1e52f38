import {
  type Augmentation,
  checkOptions,
  type DataForm,
  type LabelForm,
  type MemoryDataset,
  type MemorySplit,
  type Normalization,
  type OptionFields,
  registerDataset,
} from "@espalier/core";
import { z } from "zod";
import { fingerprint, type LooseSplit, memoryFields } from "./dataset_schema.ts";
import { labelsOf } from "./label_form.ts";
import {
  checkAlike,
  checkAugmentation,
  checkNormalization,
  checkSplit,
} from "./validate_dataset.ts";

/** A user's own data. */
export interface ArraysOptions {
  /** Display name. */
  readonly name: string;
  /**
   * Number of classes.
   *
   * @default {0}, which fits labels that are numbers
   */
  readonly classes?: number;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * What the labels of one image are.
   *
   * @default {{ kind: "class" }}
   */
  readonly labels?: LabelForm;
  /** Images to train and search on, with their labels. */
  readonly train: LooseSplit;
  /** Images to report on, with their labels. */
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

const arraysSchema = (options: unknown) => {
  const { classes, ...fields } = memoryFields(options);
  const isNumbers = Object(Object(options).labels).kind === "numbers";
  return z.strictObject(
    {
      ...fields,
      classes: isNumbers ? classes.optional() : classes,
      fingerprint: fingerprint.optional(),
    } satisfies OptionFields<ArraysOptions>,
  );
};

function toSplit({ images, labels }: LooseSplit, { kind }: LabelForm): MemorySplit {
  if (kind === "numbers") {
    return { images, labels: labels instanceof Float32Array ? labels : Float32Array.from(labels) };
  }
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
async function fingerprintOf(
  { classes, shape, labels, augment }: DataForm & Pick<ArraysOptions, "augment">,
  splits: readonly MemorySplit[],
): Promise<string> {
  const crop = augment?.resizedCrop;
  const header = [
    ...[classes, shape, augment?.pad ?? 0, augment?.flip ?? false],
    ...crop === undefined ? [] : [crop.area, crop.ratio],
    ...labels === undefined ? [] : [labels],
  ];
  const parts = [new TextEncoder().encode(JSON.stringify(header))];
  for (const { images, labels } of splits) {
    const whole = labels instanceof Float32Array ? labels : Int32Array.from(labels);
    parts.push(await digest(bytesOf(images)), await digest(bytesOf(whole)));
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
export async function fromArrays(options: ArraysOptions): Promise<MemoryDataset> {
  const about = { subject: "fromArrays()", code: "ERR_DATA_INVALID" } as const;
  checkOptions(arraysSchema(options), options, about);
  const { name, classes = 0, shape: [height, width, channels], augment, normalization } = options;
  const labels = labelsOf(options);
  const data = {
    classes,
    shape: [height, width, channels] as const,
    ...labels.kind !== "class" && { labels: { ...labels } },
    ...augment && { augment: { ...augment } },
    ...normalization && { normalization: structuredClone(normalization) },
  };
  // Labels are checked before their conversion, which would truncate fractions.
  checkSplit({ name, ...data }, options.train, "train");
  checkSplit({ name, ...data }, options.test, "test");
  checkAlike(name, options);
  checkAugmentation({ name, ...data });
  checkNormalization(options);
  const train = toSplit(options.train, labels);
  const test = toSplit(options.test, labels);
  return registerDataset({
    name,
    fingerprint: options.fingerprint ?? await fingerprintOf(data, [train, test]),
    ...data,
    train,
    test,
  });
}
