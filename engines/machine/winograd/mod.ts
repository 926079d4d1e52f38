/**
 * 3 × 3 convolutions by Winograd's minimal filtering, in machine code that is assembled at run time:
 * for each size of images and kernels a routine of its own, made the first time that it is asked for.
 *
 * @module
 */
export { openWinogradPasses } from "./open.ts";
export type {
  ConvolveOptions,
  Images,
  InputGradientOptions,
  KernelGradientOptions,
  WinogradPasses,
} from "./winograd_passes.ts";
