import {
  type Augmentation,
  type Batch,
  type DataForm,
  isSource,
  type LabelForm,
  type Numbers,
  type RandomStream,
  type Split,
} from "@espalier/core";
import type { ChannelStatistics } from "./channel_statistics.ts";
import {
  type Affine,
  createCopier,
  createWriter,
  type Placement,
  type Write,
} from "./crop_writer.ts";
import { countOf, imageSize, type LabelPart, labelParts } from "./label_form.ts";

/**
 * One epoch over images.
 *
 * @typeParam S Whether all of them are in memory.
 */
export interface BatchesOptions<S extends Split = Split> {
  /** Images and labels. */
  readonly split: S;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /**
   * What the labels of one image are.
   *
   * @default {{ kind: "class" }}
   */
  readonly labels?: LabelForm | undefined;
  /** Images per batch. */
  readonly batchSize: number;
  /** Mean and deviation that normalise each channel: those of the training split, always. */
  readonly statistics: ChannelStatistics;
  /**
   * Which images.
   *
   * @default all
   */
  readonly indices?: Int32Array;
  /**
   * Shuffles the images and draws the augmentation. Use a new stream for each epoch.
   *
   * @default none: the images come in order
   */
  readonly random?: RandomStream;
  /**
   * Random crop and flip, or a resized part; needs `random`.
   *
   * @default none
   */
  readonly augment?: Augmentation | undefined;
  /**
   * Batches at the start that are left out, as they were used before. What is drawn for them is drawn.
   *
   * @default 0
   */
  readonly skip?: number;
  /**
   * Whether an incomplete last batch is left out.
   *
   * @default false
   */
  readonly dropLast?: boolean;
}

/** normalised = pixel · scale + shift; padding is zero before it, `shift` after it. */
function affineOf({ mean, deviation }: ChannelStatistics, images: Split["images"]): Affine {
  const isBytes = isSource(images) ? images.kind === "bytes" : images instanceof Uint8Array;
  const unit = isBytes ? 255 : 1;
  // A constant channel is only centred.
  const inverse = Float64Array.from(deviation, (value) => value > 0 ? 1 / value : 1);
  return {
    scale: inverse.map((value) => value / unit),
    shift: inverse.map((value, channel) => -mean[channel]! * value),
  };
}

/** Numbers, and where in them each image of a batch is. */
export interface Items {
  /** The numbers. */
  readonly numbers: Numbers;
  /** Index of each image. */
  readonly at: Int32Array;
}

/** Which images a batch holds, and where each is cut. */
export interface Places {
  /** Their indices in the split. */
  readonly at: Int32Array;
  /** What is cut out of each. */
  readonly places: readonly Placement[];
}

/** Makes a batch of its images and labels. */
export function createMaker(
  options: BatchesOptions,
): (plan: Places, images: Items, labels: Items) => Batch {
  const { split, shape, statistics } = options;
  const pixels = imageSize(shape);
  const writeImage = createWriter(shape, affineOf(statistics, split.images));
  const total = isSource(split.labels)
    ? split.labels.size
    : split.labels.length / countOf(split, shape);
  const form = options.labels ?? { kind: "class" };
  const parts = labelParts({ shape, classes: total, labels: form })
    .map((part) => ({ ...part, write: labelWriter(part) }));
  const isWhole = form.kind !== "numbers" && form.kind !== "by-output";
  const Labels = isWhole ? Int32Array : Float32Array;
  return ({ at, places }, images, labels) => {
    const size = places.length;
    // New arrays each time: an engine may still read the last ones.
    const batch = {
      images: new Float32Array(size * pixels),
      ...split.inputs && { inputs: inputsOf(split, { at, shape }) },
      labels: new Labels(size * total),
      size,
    };
    for (let i = 0; i < size; i++) {
      const place = places[i]!;
      const image = { numbers: images.numbers, image: images.at[i]!, place };
      writeImage(image, batch.images, i * pixels);
      for (const { from, size, write } of parts) {
        const start = labels.at[i]! * total + from;
        const own = { numbers: labels.numbers.subarray(start, start + size), image: 0, place };
        write(own, batch.labels, i * total + from);
      }
    }
    return batch;
  };
}

/** Writes the labels of one output; a class map is moved with its image. */
function labelWriter({ data: { shape: [height, width], labels }, size }: LabelPart): Write {
  if (labels.kind !== "class-map") return createCopier(size);
  return createWriter([height, width, 1], { scale: [1], shift: [0] });
}

/** What else enters the network in a batch, as it is. */
function inputsOf(
  split: Split,
  { at, shape }: { readonly at: Int32Array; readonly shape: DataForm["shape"] },
): Readonly<Record<string, Float32Array>> {
  const images = countOf(split, shape);
  const entries = Object.entries(split.inputs ?? {}).map(([name, numbers]) => {
    const size = numbers.length / images;
    const unit = numbers instanceof Uint8Array ? 255 : 1;
    const made = new Float32Array(at.length * size);
    at.forEach((image, i) => {
      for (let n = 0; n < size; n++) made[i * size + n] = numbers[image * size + n]! / unit;
    });
    return [name, made] as const;
  });
  return Object.fromEntries(entries);
}
