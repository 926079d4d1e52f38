import {
  augmentationSchema,
  type ByOutput,
  type DataForm,
  type Dataset,
  instance,
  type LabelForm,
  type MemoryDataset,
  type Normalization,
  type OptionFields,
  type OutputForm,
  type Source,
  type Split,
} from "@espalier/core";
import * as z from "zod";

/** A split in memory whose labels may still be anything array-like. */
export interface LooseSplit {
  /** `[count, height, width, channels]`, row-major. */
  readonly images: Uint8Array | Float32Array;
  /** What else enters a network, by the name of its input, image after image. */
  readonly inputs?: Split["inputs"];
  /**
   * Labels, image after image: a class each, or as many numbers as their form says; of several outputs
   * by name.
   */
  readonly labels: ByOutput<ArrayLike<number>>;
}

const count = z.int().min(1);
const numbers = z.array(z.number());

const isArray = (value: unknown): boolean =>
  value instanceof Uint8Array || value instanceof Float32Array;

const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);

const isLists = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every(isList);

/** Whether a value is a source of one of these kinds. */
function isSourceOf(value: unknown, kinds: readonly Source["kind"][]): boolean {
  const { count, size, kind, read } = Object(value) as Source;
  return [count, size].every(Number.isSafeInteger) && kinds.includes(kind) &&
    typeof read === "function";
}

const inputs = z.record(
  z.string(),
  instance<Uint8Array | Float32Array>("Uint8Array or Float32Array", isArray, () => "convert it"),
).optional();

const memorySplit = z.strictObject(
  {
    inputs,
    images: instance<LooseSplit["images"]>(
      "Uint8Array or Float32Array",
      isArray,
      () => "convert them",
    ),
    labels: instance<LooseSplit["labels"]>(
      "list of numbers, or one for each output by its name",
      (value) => isList(value) || isLists(value),
    ),
  } satisfies OptionFields<LooseSplit>,
);

const split = z.strictObject(
  {
    inputs,
    images: instance<Split["images"]>(
      "Uint8Array, Float32Array or source of them",
      (value) => isArray(value) || isSourceOf(value, ["bytes", "floats"]),
      () => "convert them",
    ),
    labels: instance<ArrayLike<number> | Source>(
      "list of numbers, or source",
      (value) => isList(value) || isSourceOf(value, ["bytes", "integers", "floats"]),
    ),
  } satisfies OptionFields<Split>,
);

const outputLabels = [
  z.strictObject({ kind: z.enum(["class", "classes", "class-map"]) }),
  z.strictObject({ kind: z.literal("numbers"), size: count }),
] as const;

/** Number of classes, by what labels are. */
const CLASSES: Readonly<Record<LabelForm["kind"], z.ZodType>> = {
  class: z.int().min(2),
  classes: count,
  "class-map": z.int().min(2),
  numbers: z.literal(0),
  "by-output": z.literal(0),
};

const outputForm = z.strictObject(
  {
    classes: z.int().min(0).optional(),
    labels: z.discriminatedUnion("kind", outputLabels).optional(),
  } satisfies OptionFields<OutputForm>,
).superRefine(({ classes = 0, labels }, context) => {
  const { success, error } = CLASSES[labels?.kind ?? "class"].safeParse(classes);
  if (!success) {
    context.addIssue({ code: "custom", path: ["classes"], message: error.issues[0]!.message });
  }
});

const labels = z.discriminatedUnion("kind", [
  ...outputLabels,
  z.strictObject({
    kind: z.literal("by-output"),
    outputs: z.record(z.string(), outputForm).refine(
      (outputs) => Object.keys(outputs).length > 0,
      "name at least one output",
    ),
  }),
]);

const common = {
  name: z.string(),
  shape: z.tuple([count, count, count]),
  inputs: z.record(z.string(), z.tuple([count, count, count])).optional(),
  labels: labels.optional() as OptionFields<DataForm>["labels"],
  augment: augmentationSchema.optional(),
  normalization: z.strictObject(
    { mean: numbers, deviation: numbers } satisfies OptionFields<Normalization>,
  ).optional(),
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
