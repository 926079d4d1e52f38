/**
 * Opening the passes.
 *
 * @module
 */
import { affine } from "./affine.ts";
import { requireMachine } from "./available.ts";
import { gradient } from "./gradient.ts";
import type { MachinePasses } from "./machine_passes.ts";
import { moments } from "./moments.ts";
import { Runner } from "./runner.ts";

/**
 * Open the passes, for the thread that calls.
 *
 * @returns The passes; dispose them when the thread is done.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where `machinePassesAvailable` is false.
 */
export function openMachinePasses(): MachinePasses {
  requireMachine("machine");
  const runner = new Runner();
  return {
    moments: (x, options) => moments(runner, x, options),
    affine: (x, options) => affine(runner, x, options),
    gradient: (x, options) => gradient(runner, x, options),
    [Symbol.dispose]: () => runner[Symbol.dispose](),
  };
}
