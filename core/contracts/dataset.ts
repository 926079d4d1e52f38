import type { ResizedCrop } from "./resized_crop.ts";
import type { Source } from "./source.ts";

/** One thing for a network of one output; for several one each, by the output's name. */
export type ByOutput<T> = T | Readonly<Record<string, T>>;

/** Height, width and channels; a vector is one pixel of many channels. */
export type ItemShape = readonly [height: number, width: number, channels: number];

/** Images with their labels: in memory, or read when they are needed. */
export interface Split {
  /**
   * `[count, height, width, channels]`, row-major. Bytes 0..255 stand for 0..1; floats are used
   * as they are.
   */
  readonly images: Uint8Array | Float32Array | Source;
  /** What else enters a network, by the name of its input, image after image; in memory. */
  readonly inputs?: Readonly<Record<string, Uint8Array | Float32Array>> | undefined;
  /**
   * Labels of the form that the dataset says, image after image; of several outputs those of each, one
   * after the other. One class an image is always in memory.
   */
  readonly labels: Uint8Array | Int32Array | Float32Array | Source;
}

/** A split in memory. */
export interface MemorySplit extends Split {
  /** `[count, height, width, channels]`. */
  readonly images: Uint8Array | Float32Array;
  /** Labels, image after image. */
  readonly labels: Uint8Array | Int32Array | Float32Array;
}

/** What the labels of one image are, for one output. */
export type OutputLabelForm =
  /** Its class: an integer from 0. */
  | { readonly kind: "class" }
  /** Any number of classes: a 0 or 1 for each. */
  | { readonly kind: "classes" }
  /** A class for every pixel, [height, width]. */
  | { readonly kind: "class-map" }
  /** Numbers. */
  | { readonly kind: "numbers"; readonly size: number };

/** What one of several outputs learns. */
export interface OutputForm {
  /**
   * Number of classes.
   *
   * @default {0}, which fits labels that are numbers
   */
  readonly classes?: number | undefined;
  /**
   * What its labels of one image are.
   *
   * @default {{ kind: "class" }}
   */
  readonly labels?: OutputLabelForm | undefined;
}

/** What the labels of one image are. */
export type LabelForm =
  | OutputLabelForm
  /** Labels for each of several outputs, by name, in the order in which they stand. */
  | { readonly kind: "by-output"; readonly outputs: Readonly<Record<string, OutputForm>> };

/**
 * Random colours: each is changed by as much at most, in a random order.
 *
 * Source: torchvision's `ColorJitter`.
 */
export interface ColorJitter {
  /** Of the factor 1 of all values, 0 to 1. */
  readonly brightness: number;
  /** Of the distance from the mean of the image's grey. */
  readonly contrast: number;
  /** Of the distance from the grey of each pixel. */
  readonly saturation: number;
  /** Turns of the colour wheel, 0 to 0.5. */
  readonly hue: number;
}

/**
 * Random changes of a training image that keep its class; a class map is changed alike, and what
 * lies outside it is of class 0.
 *
 * Source: TAS (Dong and Yang 2019) on CIFAR: pad by 4, crop, flip.
 */
export interface Augmentation {
  /** Pixels of zeros put on every side before a random crop of the original size. */
  readonly pad: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** A random part of each image, resized, before the rest; none if absent. Not with class maps. */
  readonly resizedCrop?: ResizedCrop;
  /** Random colours, behind the part and before the rest; of bytes of three channels. */
  readonly colorJitter?: ColorJitter;
}

/** What is subtracted from each channel of an image, and what it is then divided by. */
export interface Normalization {
  /** Means, `[channels]`; bytes count as 0..1. */
  readonly mean: readonly number[];
  /** Deviations, `[channels]`; a channel whose deviation is 0 is only centred. */
  readonly deviation: readonly number[];
}

/** What images and labels of a dataset are like. */
export interface DataForm {
  /** Number of classes; 0 where the labels are numbers, or of several outputs. */
  readonly classes: number;
  /** Size of every image. */
  readonly shape: ItemShape;
  /**
   * What else enters a network, by the name of its input: it enters as it is, bytes as 0..1, neither
   * normalised nor augmented. The images enter by the input that is not named.
   *
   * @default none
   */
  readonly inputs?: Readonly<Record<string, ItemShape>> | undefined;
  /**
   * What the labels of one image are.
   *
   * @default {{ kind: "class" }}
   */
  readonly labels?: LabelForm | undefined;
}

/** A labelled set of images of one size, in a training and a test split. */
export interface Dataset extends DataForm {
  /** Display name. */
  readonly name: string;
  /** Identifies the content; part of the content key of everything computed from it. */
  readonly fingerprint: string;
  /** What is trained and searched on. */
  readonly train: Split;
  /** What results are reported on; never seen by a search. */
  readonly test: Split;
  /** The augmentation that makes sense for this data; none if absent. */
  readonly augment?: Augmentation;
  /** Name of each class, in the order of the labels. */
  readonly classNames?: readonly string[];
  /** What the maker of the data left out or decided, in sentences for people. */
  readonly notes?: readonly string[];
  /**
   * How images are normalised before they enter a network.
   *
   * @default by mean and deviation of the training images; those of a trained network are left as they are
   */
  readonly normalization?: Normalization;
}

/** A dataset in memory. */
export interface MemoryDataset extends Dataset {
  /** What is trained and searched on. */
  readonly train: MemorySplit;
  /** What results are reported on. */
  readonly test: MemorySplit;
}

/**
 * Whether images or labels are read when they are needed.
 *
 * @param items Images or labels of a split.
 * @returns Whether they are a source.
 */
export function isSource(items: object): items is Source {
  return "read" in items;
}
