/**
 * Opening the convolutions.
 *
 * @module
 */
import { requireMachine } from "../available.ts";
import { Runner } from "../runner.ts";
import { convolve, inputGradient } from "./convolve.ts";
import { kernelGradient } from "./kernel_gradient.ts";
import type { WinogradPasses } from "./winograd_passes.ts";

/**
 * Open the convolutions, for the thread that calls.
 *
 * @returns The convolutions; dispose them when the thread is done.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where `machinePassesAvailable` is false.
 */
export function openWinogradPasses(): WinogradPasses {
  requireMachine("Winograd");
  const runner = new Runner();
  return {
    convolve: (x, options) => convolve(runner, x, options),
    inputGradient: (dy, options) => inputGradient(runner, dy, options),
    kernelGradient: (x, options) => kernelGradient(runner, x, options),
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}
