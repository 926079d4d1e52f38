/**
 * Opening the passes.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { affine } from "./affine.ts";
import { machinePassesAvailable } from "./available.ts";
import { gradient } from "./gradient.ts";
import type { MachinePasses } from "./machine_passes.ts";
import { moments } from "./moments.ts";
import { Runner } from "./runner.ts";

/**
 * Open the passes, for the thread that calls.
 *
 * @returns The passes; dispose them when the thread is done.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where {@linkcode machinePassesAvailable} is false.
 */
export function openMachinePasses(): MachinePasses {
  if (!machinePassesAvailable()) {
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      "Cannot open the machine passes as they need Linux on x86-64 with AVX-512, and Deno with " +
        "--allow-ffi and --allow-read. Ask machinePassesAvailable() first.",
    );
  }
  const runner = new Runner();
  return {
    moments: (x, options) => moments(runner, x, options),
    affine: (x, options) => affine(runner, x, options),
    gradient: (x, options) => gradient(runner, x, options),
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}
