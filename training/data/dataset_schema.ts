import {
  augmentationSchema,
  type DataForm,
  type Dataset,
  instance,
  type LabelForm,
  type MemoryDataset,
  type Normalization,
  type OptionFields,
  type Source,
  type Split,
} from "@espalier/core";
import { z } from "zod";

/** A split in memory whose labels may still be anything array-like. */
export interface LooseSplit {
  /** `[count, height, width, channels]`, row-major. */
  readonly images: Uint8Array | Float32Array;
  /** Labels, image after image: a class each, or as many numbers as their form says. */
  readonly labels: ArrayLike<number>;
}

const count = z.int().min(1);
const numbers = z.array(z.number());

const isArray = (value: unknown): boolean =>
  value instanceof Uint8Array || value instanceof Float32Array;

const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);

/** Whether a value is a source of one of these kinds. */
function isSourceOf(value: unknown, kinds: readonly Source["kind"][]): boolean {
  const { count, size, kind, read } = Object(value) as Source;
  return [count, size].every(Number.isSafeInteger) && kinds.includes(kind) &&
    typeof read === "function";
}

const memorySplit = z.strictObject(
  {
    images: instance<LooseSplit["images"]>(
      "Uint8Array or Float32Array",
      isArray,
      () => "convert them",
    ),
    labels: instance<LooseSplit["labels"]>("list of numbers", isList),
  } satisfies OptionFields<LooseSplit>,
);

const split = z.strictObject(
  {
    images: instance<Split["images"]>(
      "Uint8Array, Float32Array or source of them",
      (value) => isArray(value) || isSourceOf(value, ["bytes", "floats"]),
      () => "convert them",
    ),
    labels: instance<LooseSplit["labels"] | Source>(
      "list of numbers, or source",
      (value) => isList(value) || isSourceOf(value, ["bytes", "integers", "floats"]),
    ),
  } satisfies OptionFields<{ images: Split["images"]; labels: LooseSplit["labels"] | Source }>,
);

const labels = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["class", "classes", "class-map"]) }),
  z.strictObject({ kind: z.literal("numbers"), size: count }),
]);

const common = {
  name: z.string(),
  shape: z.tuple([count, count, count]),
  labels: labels.optional() as OptionFields<DataForm>["labels"],
  augment: augmentationSchema.optional(),
  normalization: z.strictObject(
    { mean: numbers, deviation: numbers } satisfies OptionFields<Normalization>,
  ).optional(),
};

/** Number of classes, by what labels are. */
const CLASSES: Readonly<Record<LabelForm["kind"], z.ZodType>> = {
  class: z.int().min(2),
  classes: count,
  "class-map": z.int().min(2),
  numbers: z.literal(0),
};

function classesFor(dataset: unknown): z.ZodType {
  const { kind } = Object(Object(dataset).labels) as Partial<LabelForm>;
  return CLASSES[kind ?? "class"] ?? CLASSES.class;
}

/** Schema of a fingerprint. */
export const fingerprint: z.ZodType<string> = z.string().min(1);

/** Fields of a {@linkcode MemoryDataset} that `fromArrays()` takes as they are, but for arrays. */
export function memoryFields(
  dataset: unknown,
): OptionFields<Omit<MemoryDataset, "fingerprint" | "classNames" | "notes">> {
  return { ...common, classes: classesFor(dataset), train: memorySplit, test: memorySplit };
}

/** Schema of a {@linkcode Dataset} but for the content of its arrays. */
export function datasetSchema(dataset: unknown): z.ZodType {
  return z.strictObject(
    {
      ...common,
      classes: classesFor(dataset),
      train: split,
      test: split,
      fingerprint,
      classNames: z.array(z.string()).optional(),
      notes: z.array(z.string()).optional(),
    } satisfies OptionFields<Dataset>,
  );
}
