/**
 * Datasets of image files: folders of photographs, ImageNet. A package of its own, as its decoder for
 * Deno and Node is a native library of 18 MB.
 *
 * @module
 */
export { imageFolder } from "./image_folder.ts";
export { type ImageFolderOptions, IMAGENET } from "./image_folder_options.ts";
export type { ImageDataset, ImageSplit } from "./image_dataset.ts";
