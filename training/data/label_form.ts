import {
  type BatchLabels,
  type ByOutput,
  type DataForm,
  isSource,
  type LabelForm,
  type Numbers,
  type OutputLabelForm,
  type Split,
} from "@espalier/core";

const ONE_CLASS: OutputLabelForm = { kind: "class" };

/** What the labels of one image are. */
export function labelsOf({ labels = ONE_CLASS }: Pick<DataForm, "labels">): LabelForm {
  return labels;
}

/** The labels of one output. */
export interface LabelPart {
  /** Name of the output among several; undefined of the only one. */
  readonly name: string | undefined;
  /** What that output learns, as if it were the only one. */
  readonly data: DataForm & { readonly labels: OutputLabelForm };
  /** Where they begin among the labels of an image. */
  readonly from: number;
  /** How many there are of an image. */
  readonly size: number;
}

function sizeOf({ classes, shape, labels }: LabelPart["data"]): number {
  switch (labels.kind) {
    case "class":
      return 1;
    case "classes":
      return classes;
    case "class-map":
      return shape[0] * shape[1];
    case "numbers":
      return labels.size;
  }
}

/**
 * The labels of the outputs, one by one.
 *
 * @param data What images and labels are like.
 * @returns One part for each output, in their order.
 */
export function labelParts(data: DataForm): readonly LabelPart[] {
  const { shape, classes } = data;
  const form = labelsOf(data);
  const forms = form.kind === "by-output"
    ? Object.entries(form.outputs)
    : [[undefined, { classes, labels: form }] as const];
  let from = 0;
  return forms.map(([name, { classes = 0, labels = ONE_CLASS }]) => {
    const own = { shape, classes, labels };
    const part = { name, data: own, from, size: sizeOf(own) };
    from += part.size;
    return part;
  });
}

/**
 * The same for the one output of a network, or for each of several.
 *
 * @param data What images and labels are like.
 * @param make Called with the labels of each output.
 * @returns One result, or one for each output by its name.
 */
export function byOutput<T>(data: DataForm, make: (part: LabelPart) => T): ByOutput<T> {
  const made = labelParts(data).map((part) => [part.name, make(part)] as const);
  const [[name, one]] = made as [(typeof made)[number]];
  return name === undefined ? one : Object.fromEntries(made);
}

/**
 * Of the one output, or of one among several.
 *
 * @param all One thing, or one for each output.
 * @param part The output.
 * @returns The one.
 */
export function ofOutput<T>(all: ByOutput<T>, { name }: Pick<LabelPart, "name">): T {
  return name === undefined ? all as T : (all as Readonly<Record<string, T>>)[name]!;
}

/**
 * The labels of one output out of those of all.
 *
 * @param labels [images · total].
 * @param options The output; how many labels of an image there are in all.
 * @returns [images · size of the part]; the same numbers where it is the only one.
 */
export function labelsOfPart(
  labels: Numbers,
  { part: { from, size }, total }: { readonly part: LabelPart; readonly total: number },
): Numbers {
  if (size === total) return labels;
  const images = labels.length / total;
  return Float32Array.from(
    { length: images * size },
    (_, i) => labels[Math.floor(i / size) * total + from + i % size]!,
  );
}

/**
 * The labels of a batch as an objective takes them.
 *
 * @param labels Those of all outputs, image after image.
 * @param data What they are like.
 * @returns The same list, or one for each output by its name.
 */
export function labelsByOutput(labels: Numbers, data: DataForm): ByOutput<BatchLabels> {
  const total = labelSize(data);
  return byOutput(data, (part) => {
    const own = labelsOfPart(labels, { part, total });
    const Type = part.data.labels.kind === "numbers" ? Float32Array : Int32Array;
    return own instanceof Type ? own : Type.from(own);
  });
}

/** Numbers that are the labels of one image. */
export function labelSize(data: DataForm): number {
  return labelParts(data).reduce((sum, { size }) => sum + size, 0);
}

/** Numbers of one image. */
export function imageSize([height, width, channels]: DataForm["shape"]): number {
  return height * width * channels;
}

/**
 * Number of images of a split.
 *
 * @param split Images.
 * @param shape Their size.
 * @returns How many there are.
 */
export function countOf({ images }: Pick<Split, "images">, shape: DataForm["shape"]): number {
  return isSource(images) ? images.count : images.length / imageSize(shape);
}

/**
 * What a fair choice of images is balanced by: the class of each; where they have no single class, all
 * images are alike.
 *
 * @param split The images.
 * @param data What they are like.
 * @returns A number for each image, below the number of classes.
 */
export function strataOf(split: Split, data: DataForm): ArrayLike<number> {
  if (labelsOf(data).kind === "class" && !isSource(split.labels)) return split.labels;
  return new Uint8Array(countOf(split, data.shape));
}
