import {
  checkOptions,
  type CroppingSource,
  type Dataset,
  EspalierError,
  isSource,
  type Numbers,
  type OptionFields,
  registerDataset,
  type Source,
  type Split,
} from "@espalier/core";
import * as z from "zod";
import { isCropping } from "./crop_images.ts";
import { datasetSchema } from "./dataset_schema.ts";
import { countOf, imageSize, labelSize, labelsOf } from "./label_form.ts";

/** How much of a dataset to keep. */
export interface SubsetOptions {
  /**
   * Training images of each class; where images have one class each.
   *
   * @default all
   */
  readonly trainPerClass?: number;
  /**
   * Test images of each class.
   *
   * @default all
   */
  readonly testPerClass?: number;
  /**
   * Training images in all, whatever their labels.
   *
   * @default all
   */
  readonly train?: number;
  /**
   * Test images in all.
   *
   * @default all
   */
  readonly test?: number;
}

const amount = z.int().min(1).optional();
const subsetSchema = z.strictObject(
  {
    trainPerClass: amount,
    testPerClass: amount,
    train: amount,
    test: amount,
  } satisfies OptionFields<SubsetOptions>,
).refine(
  (given) => ["train", "test"].every((key) => !(key in given && `${key}PerClass` in given)),
  "give one of the number in all and of each class",
);

function firstOfEachClass(labels: ArrayLike<number>, classes: number, perClass: number): number[] {
  const seen = new Array<number>(classes).fill(0);
  const kept: number[] = [];
  for (let i = 0; i < labels.length; i++) if (seen[labels[i]!]!++ < perClass) kept.push(i);
  return kept;
}

/** Some of the items, each of `size` numbers. A source is read when they are. */
function gather(
  items: Numbers | Source,
  { indices, size }: { readonly indices: readonly number[]; readonly size: number },
): Numbers | Source {
  if (isSource(items)) {
    const placesOf = (at: ArrayLike<number>) => Int32Array.from(at, (i) => indices[i]!);
    const few: Source = {
      ...{ count: indices.length, size, kind: items.kind },
      read: (at) => items.read(placesOf(at)),
    };
    if (!isCropping(items)) return few;
    const readCropped: CroppingSource["readCropped"] = (at, parts) =>
      items.readCropped(placesOf(at), parts);
    return { ...few, readCropped } as CroppingSource;
  }
  const Type = [Uint8Array, Int32Array, Float32Array].find((one) => items instanceof one)!;
  const kept = new Type(indices.length * size);
  indices.forEach((index, i) => {
    kept.set(items.subarray(index * size, (index + 1) * size), i * size);
  });
  return kept;
}

function refuse({ name }: Dataset, rule: string, found: string, remedy: string): never {
  throw new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot take a subset of dataset "${name}" as ${rule}: ${found}. ${remedy}`,
  );
}

function perClassOf(dataset: Dataset, where: "train" | "test", perClass: number): number[] {
  const { classes } = dataset;
  const { labels } = dataset[where];
  const { kind } = labelsOf(dataset);
  if (kind !== "class" || isSource(labels)) {
    const rule = `"${where}PerClass" needs one class an image`;
    return refuse(dataset, rule, `the labels are of kind "${kind}"`, `Give "${where}".`);
  }
  const kept = firstOfEachClass(labels, classes, perClass);
  if (kept.length === perClass * classes) return kept;
  return refuse(
    dataset,
    "each class must give the same number of images",
    `${perClass} of each of ${classes} classes were asked for, ${where} gives ${kept.length} in all`,
    "Ask for fewer.",
  );
}

/** Indices that are kept; undefined for all. */
function keptOf(
  dataset: Dataset,
  where: "train" | "test",
  options: SubsetOptions,
): number[] | undefined {
  const perClass = options[`${where}PerClass`], all = options[where];
  if (perClass !== undefined) return perClassOf(dataset, where, perClass);
  if (all === undefined) return undefined;
  const count = countOf(dataset[where], dataset.shape);
  if (all > count) {
    const found = `${all} were asked for, ${where} has ${count}`;
    refuse(dataset, "it has no more images than the dataset", found, "Ask for fewer.");
  }
  return Array.from({ length: all }, (_, i) => i);
}

function cut(dataset: Dataset, where: "train" | "test", options: SubsetOptions): Split {
  const split = dataset[where];
  const indices = keptOf(dataset, where, options);
  if (indices === undefined) return split;
  const inputs = Object.entries(split.inputs ?? {}).map(([name, numbers]) => {
    const size = imageSize(dataset.inputs![name]!);
    return [name, gather(numbers, { indices, size }) as typeof numbers] as const;
  });
  return {
    ...split.inputs && { inputs: Object.fromEntries(inputs) },
    images: gather(split.images, { indices, size: imageSize(dataset.shape) }) as Split["images"],
    labels: gather(split.labels, { indices, size: labelSize(dataset) }),
  };
}

/** What was taken of a split, for the fingerprint. */
const takenOf = (where: "train" | "test", options: SubsetOptions): string =>
  `${where}${options[`${where}PerClass`] ?? "all"}${
    options[where] === undefined ? "" : `of${options[where]}`
  }`;

/**
 * The first images, of each class or in all, in the order of the dataset: a smaller dataset that can be
 * stated in a sentence. Sources stay sources.
 *
 * @example One training image of each class
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromArrays, subset } from "@espalier/training";
 *
 * const split = { images: Uint8Array.of(10, 20, 30), labels: [0, 0, 1] };
 * const all = { name: "mine", fingerprint: "mine-1", classes: 2, shape: [1, 1, 1] as const };
 * const few = subset(await fromArrays({ ...all, train: split, test: split }), { trainPerClass: 1 });
 * assertEquals(few.train.images, Uint8Array.of(10, 30));
 * assertEquals(few.fingerprint, "mine-1-first-train1-testall");
 * ```
 *
 * @typeParam D A dataset, in memory or not.
 * @param dataset What to take from.
 * @param options How many, of each class or in all.
 * @returns A dataset with its own arrays and a fingerprint that says what was taken.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, or there are fewer
 * images.
 */
export function subset<D extends Dataset>(dataset: D, options: SubsetOptions): D {
  const code = "ERR_DATA_INVALID";
  checkOptions(datasetSchema(dataset), dataset, { subject: "the dataset of subset()", code });
  checkOptions(subsetSchema, options, { subject: "subset()", code });
  const taken = `first-${takenOf("train", options)}-${takenOf("test", options)}`;
  return registerDataset<Dataset>({
    ...dataset,
    fingerprint: `${dataset.fingerprint}-${taken}`,
    train: cut(dataset, "train", options),
    test: cut(dataset, "test", options),
  }, dataset) as D;
}
