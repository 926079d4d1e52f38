import {
  checkOptions,
  type Dataset,
  EspalierError,
  type OptionFields,
  registerDataset,
  type Split,
} from "@espalier/core";
import { z } from "zod";
import { datasetSchema } from "./dataset_schema.ts";

/** How much of a dataset to keep. */
export interface SubsetOptions {
  /**
   * Training images of each class.
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
}

const perClass = z.int().min(1).optional();
const subsetSchema = z.strictObject(
  { trainPerClass: perClass, testPerClass: perClass } satisfies OptionFields<SubsetOptions>,
);

function firstOfEachClass(labels: Split["labels"], classes: number, perClass: number): number[] {
  const seen = new Array<number>(classes).fill(0);
  const kept: number[] = [];
  for (let i = 0; i < labels.length; i++) if (seen[labels[i]!]!++ < perClass) kept.push(i);
  return kept;
}

function gather({ images, labels }: Split, indices: readonly number[]): Split {
  const size = images.length / labels.length;
  const kept = images instanceof Uint8Array
    ? new Uint8Array(indices.length * size)
    : new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    kept.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return { images: kept, labels: Int32Array.from(indices, (index) => labels[index]!) };
}

function cut(dataset: Dataset, where: "train" | "test", perClass: number | undefined): Split {
  const split = dataset[where];
  if (perClass === undefined) return split;
  const kept = firstOfEachClass(split.labels, dataset.classes, perClass);
  if (kept.length === perClass * dataset.classes) {
    return gather(split, kept);
  }
  throw new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot take a subset of dataset "${dataset.name}" as each class must give the same number ` +
      `of images: ${perClass} of each of ${dataset.classes} classes were asked for, ${where} ` +
      `gives ${kept.length} in all. Ask for fewer.`,
  );
}

/**
 * The first images of each class, in the order of the dataset: a smaller dataset that can be
 * stated in a sentence.
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
 * @param dataset What to take from.
 * @param options How many of each class.
 * @returns A dataset with its own arrays and a fingerprint that says what was taken.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, or a class has fewer
 * images.
 */
export function subset(dataset: Dataset, options: SubsetOptions): Dataset {
  const code = "ERR_DATA_INVALID";
  checkOptions(datasetSchema, dataset, { subject: "the dataset of subset()", code });
  checkOptions(subsetSchema, options, { subject: "subset()", code });
  const { trainPerClass, testPerClass } = options;
  const taken = `first-train${trainPerClass ?? "all"}-test${testPerClass ?? "all"}`;
  return registerDataset({
    ...dataset,
    fingerprint: `${dataset.fingerprint}-${taken}`,
    train: cut(dataset, "train", trainPerClass),
    test: cut(dataset, "test", testPerClass),
  }, dataset);
}
