/**
 * What the native engine gives the executor.
 *
 * @module
 */
import type { ExecutorOps, Feature } from "@espalier/core/engine";
import type { EagerContext } from "../ffi/eager_context.ts";
import { convolve, pool } from "./convolution.ts";
import { machinePassesAvailable, openMachinePasses } from "../machine/mod.ts";
import { machineRowPasses } from "./machine_rows.ts";
import { tensorRowPasses } from "./rows.ts";
import { type TensorFeature, Tensors } from "./tensors.ts";

/**
 * Passes on TensorFlow's library.
 *
 * @param context Where they run; a processor's, not a GPU's.
 * @returns The passes.
 */
export function nativeExecutorOps(context: EagerContext): ExecutorOps {
  const tensors = new Tensors(context);
  const passes = machinePassesAvailable()
    ? machineRowPasses(tensors, openMachinePasses())
    : tensorRowPasses(tensors);
  const tensorOf = (x: Feature) => x as TensorFeature;
  return {
    ...passes,
    upload: (values, shape) => tensors.feature(tensors.floats(values, ...shape), shape),
    read: (x) => context.read(tensorOf(x).id) as Float32Array,
    free: (...xs) => context.dispose(...xs.map((x) => tensorOf(x).id)),
    convolve: (x, options) => convolve(tensors, tensorOf(x), options),
    pool: (x, options) => pool(tensors, tensorOf(x), options),
  };
}
