import type { CroppingSource, Dataset, Split } from "@espalier/core";

/** Images that are decoded when they are read, with their labels in memory. */
export interface ImageSplit extends Split {
  /** The images, as bytes. */
  readonly images: CroppingSource;
  /** The class of each image. */
  readonly labels: Int32Array;
}

/** A dataset of image files. */
export interface ImageDataset extends Dataset {
  /** What is trained and searched on. */
  readonly train: ImageSplit;
  /** What results are reported on. */
  readonly test: ImageSplit;
  /** Name of each class: of its folder, or as the CSV has it. */
  readonly classNames: readonly string[];
  /** Which files were left out, and how the images were split. */
  readonly notes: readonly string[];
}
