/**
 * Passes over rows of channels in machine code that is assembled at run time: for each shape of
 * data a routine of its own, made the first time that it is asked for.
 *
 * @module
 */
export { machinePassesAvailable } from "./available.ts";
export type {
  AffineOptions,
  Gradient,
  GradientOptions,
  MachinePasses,
  Moments,
  MomentsOptions,
  Rows,
} from "./machine_passes.ts";
export { openMachinePasses } from "./open.ts";
