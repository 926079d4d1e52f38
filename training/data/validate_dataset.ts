import {
  checkOptions,
  type Dataset,
  EspalierError,
  isSource,
  readInOrder,
  type Source,
  type Split,
} from "@espalier/core";
import { datasetSchema } from "./dataset_schema.ts";
import {
  countOf,
  imageSize,
  type LabelPart,
  labelParts,
  labelSize,
  labelsOf,
} from "./label_form.ts";

/** A split that is checked. */
interface AnySplit extends Pick<Split, "images" | "inputs"> {
  readonly labels: ArrayLike<number> | Source;
}

function refuse(name: string, rule: string, found: string, remedy: string): never {
  throw new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot use dataset "${name}" as ${rule}: ${found}. ${remedy}`,
  );
}

/** What labels are checked against. */
export type DatasetRules = Pick<Dataset, "name" | "classes" | "shape" | "inputs" | "labels">;

function checkLength(rules: DatasetRules, { images, labels }: AnySplit, where: string): void {
  const { name, shape } = rules;
  const each = labelSize(rules), size = imageSize(shape);
  const given = isSource(labels) ? labels.count * labels.size : labels.length;
  if (given === 0) {
    refuse(name, "no split may be empty", `${where} has no labels`, "Give it images.");
  }
  if (isSource(images) && images.size !== size) {
    const found = `a source of ${where} has ${images.size} an image`;
    refuse(name, `an image of ${shape.join("×")} has ${size} values`, found, "Check the shape.");
  }
  const values = isSource(images) ? images.count * size : images.length;
  if (values * each === given * size && (!isSource(labels) || labels.size === each)) return;
  const rule = each === 1 ? "every image needs one label" : `every image needs ${each} labels`;
  const found = `${where} has ${given} labels and ${values} values, which are ` +
    `${values / size} images of ${shape.join("×")}`;
  refuse(name, rule, found, "Check the shape and the arrays.");
}

/** The rule for one label of an output, and whether it holds. */
function labelRule(
  { data: { classes, labels } }: LabelPart,
): readonly [rule: string, holds: (label: number) => boolean] {
  switch (labels.kind) {
    case "classes":
      return ["labels must be 0 or 1", (label) => label === 0 || label === 1];
    case "numbers":
      return ["labels must be finite", (label) => Number.isFinite(Math.fround(label))];
    default:
      return [
        `labels must be integers of 0..${classes - 1}`,
        (label) => Number.isInteger(label) && label >= 0 && label < classes,
      ];
  }
}

function checkLabels(
  rules: DatasetRules,
  labels: ArrayLike<number>,
  { where, first = 0 }: { readonly where: string; readonly first?: number },
): void {
  const size = labelSize(rules);
  const parts = labelParts(rules).flatMap((part) => {
    const [rule, holds] = labelRule(part);
    return Array.from({ length: part.size }, (_, i) => ({ ...part, rule, holds, i }));
  });
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const { name, data, rule, holds, i: at } = parts[i % size]!;
    if (typeof label === "number" && holds(label)) continue;
    const of = name === undefined ? "" : `"${name}" of `;
    const place = size === 1
      ? `label ${first + i} of ${where}`
      : `label ${at} of ${of}image ${first + Math.floor(i / size)} of ${where}`;
    const found = `${place} is ${typeof label === "string" ? `"${label}"` : label}`;
    const remedy = data.labels.kind === "numbers" ? "" : " or the number of classes";
    refuse(rules.name, rule, found, `Correct the label${remedy}.`);
  }
}

/** Refuse other inputs than the dataset names, of other sizes, or with numbers that are not finite. */
function checkInputs(rules: DatasetRules, split: AnySplit, where: string): void {
  const { name, shape, inputs: shapes = {} } = rules;
  const { inputs = {} } = split;
  const count = countOf(split, shape);
  for (const input of new Set([...Object.keys(shapes), ...Object.keys(inputs)])) {
    const [form, numbers] = [shapes[input], inputs[input]];
    if (form === undefined || numbers === undefined) {
      const found = `${form === undefined ? "the dataset" : where} has none of "${input}"`;
      refuse(name, "every input needs a shape and numbers", found, "Give both by one name.");
    }
    if (numbers.length !== count * imageSize(form)) {
      const found = `"${input}" of ${where} has ${numbers.length} for ${count} images`;
      const rule = `an input of ${form.join("×")} has ${imageSize(form)} values an image`;
      refuse(name, rule, found, "Check the shape and the array.");
    }
    const at = numbers.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    const image = Math.floor(at / imageSize(form));
    const found = `"${input}" of image ${image} of ${where} holds ${numbers[at]}`;
    refuse(name, "every value must be finite", found, "Repair that image or leave it out.");
  }
}

function checkPixels(rules: DatasetRules, images: Split["images"], where: string): void {
  if (isSource(images) || images instanceof Uint8Array) return;
  const at = images.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const found = `image ${Math.floor(at / imageSize(rules.shape))} of ${where} holds ${images[at]}`;
  refuse(rules.name, "every pixel must be finite", found, "Repair that image or leave it out.");
}

/** Check what is in memory of one split; `where` names it in messages. */
export function checkSplit(rules: DatasetRules, split: AnySplit, where: string): void {
  const { images, labels } = split;
  if (isSource(labels) && labelsOf(rules).kind === "class") {
    const found = `those of ${where} are a source`;
    refuse(rules.name, "one class an image is held in memory", found, "Give an array of classes.");
  }
  checkLength(rules, split, where);
  checkInputs(rules, split, where);
  if (!isSource(labels)) checkLabels(rules, labels, { where });
  checkPixels(rules, images, where);
}

/**
 * Check the labels that a dataset reads when they are needed: all of them are read once.
 *
 * @param dataset A dataset that {@linkcode validateDataset} accepts.
 * @throws {EspalierError} ERR_DATA_INVALID, with what was found and where.
 */
export async function checkLabelSources(dataset: Dataset): Promise<void> {
  for (const where of ["train", "test"] as const) {
    const { labels } = dataset[where];
    if (!isSource(labels)) continue;
    for await (const { numbers, first } of readInOrder(labels)) {
      checkLabels(dataset, numbers, { where, first });
    }
  }
}

function largest(images: Uint8Array | Float32Array): number {
  let found = 0;
  for (const pixel of images) found = Math.max(found, Math.abs(pixel));
  return found;
}

/** Splits in other units: one would enter the network many times too large. */
const FARTHEST = 64;

const kindOf = (images: Split["images"]): string => {
  if (isSource(images)) return images.kind;
  return images instanceof Uint8Array ? "bytes" : "floats";
};

/** Refuse splits whose pixels are of unlike type or, in memory, range. */
export function checkAlike(
  name: string,
  { train, test }: { readonly train: AnySplit; readonly test: AnySplit },
): void {
  const rule = "both splits need pixels of one type and range";
  const [first, second] = [kindOf(train.images), kindOf(test.images)];
  if (first !== second) {
    const found = `train has ${first}, test ${second}`;
    refuse(name, rule, found, "Convert one of them; bytes of 0..255 stand for 0..1.");
  }
  if (isSource(train.images) || isSource(test.images) || first === "bytes") return;
  const [a, b] = [largest(train.images), largest(test.images)];
  if (a === 0 || b === 0 || Math.max(a, b) <= FARTHEST * Math.min(a, b)) return;
  refuse(name, rule, `train reaches ${a}, test ${b}`, "Scale one like the other.");
}

/** Refuse an augmentation that cannot change labels or other images alike. */
export function checkAugmentation(
  dataset: DatasetRules & Pick<Dataset, "augment"> & { readonly train: AnySplit },
): void {
  const { name, augment, shape, train, inputs = {} } = dataset;
  if (augment === undefined) return;
  const picture = Object.entries(inputs).find(([, [height, width]]) => height * width > 1);
  if (picture !== undefined) {
    const found = `"${picture[0]}" is ${picture[1].join("×")}`;
    refuse(name, "only one image an example can be augmented", found, "Leave out augment.");
  }
  if (augment.colorJitter !== undefined && (shape[2] !== 3 || kindOf(train.images) !== "bytes")) {
    const found = `they have ${shape[2]} channels of ${kindOf(train.images)}`;
    refuse(
      name,
      "colours are of images of three channels of bytes",
      found,
      "Leave out colorJitter.",
    );
  }
  const isMap = labelParts(dataset).some(({ data }) => data.labels.kind === "class-map");
  if (augment.resizedCrop === undefined || !isMap) return;
  const rule = "a class map cannot be resized with its image";
  refuse(name, rule, "augment has a resizedCrop", "Leave it out; pad and flip change both alike.");
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
 * Check a dataset before work starts: sizes, augmentation, and what of labels and pixels is in memory.
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
  checkOptions(datasetSchema(dataset), dataset, { subject, code: "ERR_DATA_INVALID" });
  checkSplit(dataset, dataset.train, "train");
  checkSplit(dataset, dataset.test, "test");
  checkAlike(dataset.name, dataset);
  checkAugmentation(dataset);
  checkNormalization(dataset);
}
