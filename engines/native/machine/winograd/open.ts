/**
 * Opening the convolutions.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { machinePassesAvailable } from "../available.ts";
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
  if (!machinePassesAvailable()) {
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      "Cannot open the Winograd passes as they need Linux on x86-64 with AVX-512, and Deno with " +
        "--allow-ffi and --allow-read. Ask machinePassesAvailable() first.",
    );
  }
  const runner = new Runner();
  return {
    convolve: (x, options) => convolve(runner, x, options),
    inputGradient: (dy, options) => inputGradient(runner, dy, options),
    kernelGradient: (x, options) => kernelGradient(runner, x, options),
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}
