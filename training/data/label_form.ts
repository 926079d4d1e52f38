import { type DataForm, isSource, type LabelForm, type Split } from "@espalier/core";

const ONE_CLASS: LabelForm = { kind: "class" };

/** What the labels of one image are. */
export function labelsOf({ labels = ONE_CLASS }: Pick<DataForm, "labels">): LabelForm {
  return labels;
}

/** Numbers that are the labels of one image. */
export function labelSize(data: DataForm): number {
  const form = labelsOf(data);
  switch (form.kind) {
    case "class":
      return 1;
    case "classes":
      return data.classes;
    case "class-map":
      return data.shape[0] * data.shape[1];
    case "numbers":
      return form.size;
  }
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
