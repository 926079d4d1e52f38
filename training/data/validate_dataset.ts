import { checkOptions, type Dataset, EspalierError, type Split } from "@espalier/core";
import { datasetSchema, type LooseSplit } from "./dataset_schema.ts";

/** What arrays are checked against. */
export type DatasetRules = Pick<Dataset, "name" | "classes" | "shape">;

function refuse(name: string, rule: string, found: string, remedy: string): never {
  throw new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot use dataset "${name}" as ${rule}: ${found}. ${remedy}`,
  );
}

function checkLength(rules: DatasetRules, split: LooseSplit, where: string): void {
  const { images, labels } = split;
  if (labels.length === 0) {
    refuse(rules.name, "no split may be empty", `${where} has no labels`, "Give it images.");
  }
  const size = rules.shape[0] * rules.shape[1] * rules.shape[2];
  if (images.length === labels.length * size) return;
  const found = `${where} has ${labels.length} labels and ${images.length} values, which are ` +
    `${images.length / size} images of ${rules.shape.join("×")}`;
  refuse(rules.name, "every image needs one label", found, "Check the shape and the arrays.");
}

function checkLabels(rules: DatasetRules, labels: ArrayLike<number>, where: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < rules.classes) continue;
    refuse(
      rules.name,
      `labels must be integers of 0..${rules.classes - 1}`,
      `label ${i} of ${where} is ${typeof label === "string" ? `"${label}"` : label}`,
      "Correct the label or the number of classes.",
    );
  }
}

function checkPixels(rules: DatasetRules, { images, labels }: LooseSplit, where: string): void {
  if (images instanceof Uint8Array) return;
  for (let i = 0; i < images.length; i++) {
    if (Number.isFinite(images[i])) continue;
    const image = Math.floor(i / (images.length / labels.length));
    const found = `image ${image} of ${where} holds ${images[i]}`;
    refuse(rules.name, "every pixel must be finite", found, "Repair that image or leave it out.");
  }
}

/** Check one split against the sizes; `where` names it in messages. */
export function checkSplit(rules: DatasetRules, split: LooseSplit, where: string): void {
  checkLength(rules, split, where);
  checkLabels(rules, split.labels, where);
  checkPixels(rules, split, where);
}

function largest(images: Split["images"]): number {
  let found = 0;
  for (const pixel of images) found = Math.max(found, Math.abs(pixel));
  return found;
}

/** Splits in other units: one would enter the network many times too large. */
const FARTHEST = 64;

/** Refuse splits whose pixels are of unlike type or range. */
export function checkAlike(
  name: string,
  { train, test }: { readonly train: LooseSplit; readonly test: LooseSplit },
): void {
  const typeOf = ({ images }: LooseSplit) => images instanceof Uint8Array ? "bytes" : "floats";
  const rule = "both splits need pixels of one type and range";
  if (typeOf(train) !== typeOf(test)) {
    const found = `train has ${typeOf(train)}, test ${typeOf(test)}`;
    refuse(name, rule, found, "Convert one of them; bytes of 0..255 stand for 0..1.");
  }
  if (train.images instanceof Uint8Array) return;
  const [a, b] = [largest(train.images), largest(test.images)];
  if (a === 0 || b === 0 || Math.max(a, b) <= FARTHEST * Math.min(a, b)) return;
  refuse(name, rule, `train reaches ${a}, test ${b}`, "Scale one like the other.");
}

/** Refuse a normalisation of other channels. */
export function checkNormalization(
  { name, shape, normalization }: Pick<Dataset, "name" | "shape" | "normalization">,
): void {
  for (const [what, numbers] of Object.entries(normalization ?? {})) {
    if (numbers.length === shape[2]) continue;
    const found = `${what} has ${numbers.length}, images have ${shape[2]} channels`;
    refuse(name, "its normalization needs a number a channel", found, "Give one for each.");
  }
}

/**
 * Check a dataset before work starts: sizes, labels, pixels, augmentation.
 *
 * @example A label out of range
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { EspalierError } from "@espalier/core";
 * import { validateDataset } from "@espalier/training";
 *
 * const split = { images: new Uint8Array(2), labels: Uint8Array.of(0, 2) };
 * const dataset = { name: "two", fingerprint: "two", classes: 2, shape: [1, 1, 1] as const };
 * assertThrows(
 *   () => validateDataset({ ...dataset, train: split, test: split }),
 *   EspalierError,
 *   "label 1 of train is 2",
 * );
 * ```
 *
 * @param dataset Any dataset.
 * @throws {EspalierError} ERR_DATA_INVALID, with what was found and where.
 */
export function validateDataset(dataset: Dataset): void {
  const subject = `dataset "${String(Object(dataset).name)}"`;
  checkOptions(datasetSchema, dataset, { subject, code: "ERR_DATA_INVALID" });
  checkSplit(dataset, dataset.train, "train");
  checkSplit(dataset, dataset.test, "test");
  checkAlike(dataset.name, dataset);
  checkNormalization(dataset);
}
