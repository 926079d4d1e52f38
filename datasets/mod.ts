/**
 * Datasets that are ready to use: real images, and synthetic ones for tests.
 *
 * @module
 */
export { cifar10, type Cifar10Options } from "./cifar10.ts";
export { synthetic, type SyntheticOptions } from "./synthetic.ts";
