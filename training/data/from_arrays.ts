import {
  type Augmentation,
  checkOptions,
  type DataForm,
  EspalierError,
  type ItemShape,
  type LabelForm,
  type MemoryDataset,
  type MemorySplit,
  type Normalization,
  type OptionFields,
  registerDataset,
} from "@espalier/core";
import * as z from "zod";
import { fingerprint, type LooseSplit, memoryFields } from "./dataset_schema.ts";
import { countOf, labelParts, labelSize, labelsOf, ofOutput } from "./label_form.ts";
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
   * @default {0}, which fits labels that are numbers or of several outputs
   */
  readonly classes?: number;
  /** Size of every image. */
  readonly shape: ItemShape;
  /**
   * What else enters the network, by the name of its input: the shape of an example, [1, 1, n] of n
   * numbers. The images enter by the input that is not named.
   *
   * @default none
   */
  readonly inputs?: DataForm["inputs"];
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
  const { kind } = Object(Object(options).labels) as Partial<LabelForm>;
  const isWithout = kind === "numbers" || kind === "by-output";
  return z.strictObject(
    {
      ...fields,
      classes: isWithout ? classes.optional() : classes,
      fingerprint: fingerprint.optional(),
    } satisfies OptionFields<ArraysOptions>,
  );
};

/** A split whose labels stand in one list. */
type FlatSplit = LooseSplit & { readonly labels: ArrayLike<number> };

function toSplit({ labels, ...rest }: FlatSplit, { kind }: LabelForm): MemorySplit {
  if (kind === "numbers" || kind === "by-output") {
    return { ...rest, labels: labels instanceof Float32Array ? labels : Float32Array.from(labels) };
  }
  const known = labels instanceof Uint8Array || labels instanceof Int32Array;
  return { ...rest, labels: known ? labels : Int32Array.from(labels) };
}

/** Labels of several outputs, image after image in one list, output after output. */
function flattened(split: LooseSplit, data: DataForm & { name: string }, where: string): FlatSplit {
  const parts = labelParts(data);
  const given = split.labels;
  const isFlat = Array.isArray(given) || ArrayBuffer.isView(given);
  if (labelsOf(data).kind !== "by-output" && isFlat) return split as FlatSplit;
  const count = countOf(split, data.shape);
  const wanted = parts.map(({ name }) => name).join(", ");
  const found = isFlat ? "one list" : Object.keys(given).join(", ");
  const isEach = parts.every((part) => ofOutput(given, part)?.length === count * part.size);
  if (isFlat || !isEach || Object.keys(given).length !== parts.length) {
    throw new EspalierError(
      "ERR_DATA_INVALID",
      `Cannot use dataset "${data.name}" as every output needs labels for every image: those of ` +
        `${where} are ${found}, for ${count} images. Give those of ${wanted || "the output"}.`,
    );
  }
  const total = labelSize(data);
  const labels = new Float32Array(count * total);
  for (const part of parts) {
    const own = ofOutput(given, part);
    for (let i = 0; i < own.length; i++) {
      const image = Math.floor(i / part.size);
      labels[image * total + part.from + i % part.size] = own[i]!;
    }
  }
  return { ...split, labels };
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
  { classes, shape, inputs, labels, augment }: DataForm & Pick<ArraysOptions, "augment">,
  splits: readonly MemorySplit[],
): Promise<string> {
  const crop = augment?.resizedCrop, colors = augment?.colorJitter;
  const header = [
    ...[classes, shape, augment?.pad ?? 0, augment?.flip ?? false],
    ...crop === undefined ? [] : [crop.area, crop.ratio],
    ...colors === undefined ? [] : [{ colors }],
    ...labels === undefined ? [] : [labels],
    ...inputs === undefined ? [] : [{ inputs }],
  ];
  const parts = [new TextEncoder().encode(JSON.stringify(header))];
  for (const { images, inputs = {}, labels } of splits) {
    const whole = labels instanceof Float32Array ? labels : Int32Array.from(labels);
    for (const numbers of [images, whole, ...Object.values(inputs)]) {
      parts.push(await digest(bytesOf(numbers)));
    }
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
    ...labels.kind !== "class" && { labels: structuredClone(labels) },
    ...options.inputs && { inputs: structuredClone(options.inputs) },
    ...augment && { augment: { ...augment } },
    ...normalization && { normalization: structuredClone(normalization) },
  };
  // Labels are checked before their conversion, which would truncate fractions.
  const rules = { name, ...data };
  const flat = {
    train: flattened(options.train, rules, "train"),
    test: flattened(options.test, rules, "test"),
  };
  checkSplit(rules, flat.train, "train");
  checkSplit(rules, flat.test, "test");
  checkAlike(name, flat);
  checkAugmentation({ ...rules, train: flat.train });
  checkNormalization(options);
  const train = toSplit(flat.train, labels);
  const test = toSplit(flat.test, labels);
  return registerDataset({
    name,
    fingerprint: options.fingerprint ?? await fingerprintOf(data, [train, test]),
    ...data,
    train,
    test,
  });
}
