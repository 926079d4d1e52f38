/**
 * Networks as blueprints.
 *
 * @module
 */
export type { ResnetBlock, ResnetOptions } from "./resnet/options.ts";
export { resnet } from "./resnet/resnet.ts";
