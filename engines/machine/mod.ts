/**
 * Machine code that is assembled at run time: passes over rows of channels, and 3 × 3 convolutions.
 * The only way into this folder; see README.md.
 *
 * @module
 */
export { machinePassesAvailable } from "./available.ts";
export type { MachinePasses, Rows } from "./machine_passes.ts";
export { openMachinePasses } from "./open.ts";
export { openWinogradPasses } from "./winograd/open.ts";
export type { Images, WinogradPasses } from "./winograd/winograd_passes.ts";
