import type { ResizedCrop } from "./resized_crop.ts";

/** Images with their labels, one label per image. */
export interface Split {
  /**
   * `[count, height, width, channels]`, row-major. Bytes 0..255 stand for 0..1; floats are used
   * as they are.
   */
  readonly images: Uint8Array | Float32Array;
  /** The class of each image, an integer from 0. */
  readonly labels: Uint8Array | Int32Array;
}

/**
 * Random changes of a training image that keep its class.
 *
 * Source: TAS (Dong and Yang 2019) on CIFAR: pad by 4, crop, flip.
 */
export interface Augmentation {
  /** Pixels of zeros put on every side before a random crop of the original size. */
  readonly pad: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** A random part of each image, resized, before the rest; none if absent. */
  readonly resizedCrop?: ResizedCrop;
}

/** What is subtracted from each channel of an image, and what it is then divided by. */
export interface Normalization {
  /** Means, `[channels]`; bytes count as 0..1. */
  readonly mean: readonly number[];
  /** Deviations, `[channels]`; a channel whose deviation is 0 is only centred. */
  readonly deviation: readonly number[];
}

/** A labelled set of images of one size, in a training and a test split. */
export interface Dataset {
  /** Display name. */
  readonly name: string;
  /** Identifies the content; part of the content key of everything computed from it. */
  readonly fingerprint: string;
  /** Number of classes. */
  readonly classes: number;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
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
