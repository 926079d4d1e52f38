/**
 * The passes that the native engine offers the executor.
 *
 * @module
 */
import type {
  Convolution,
  ConvolutionOptions,
  ExecutorOps,
  Feature,
} from "@espalier/supernet/engine";
import {
  machinePassesAvailable,
  openMachinePasses,
  openWinogradPasses,
} from "../../machine/mod.ts";
import { convolveRows, isRowMap } from "../../row_convolution.ts";
import type { EagerContext } from "../ffi/eager_context.ts";
import { convolve, filter } from "./convolution.ts";
import { convolveByMachine, usesWinograd } from "./machine_convolution.ts";
import { machineRowPasses } from "./machine_rows.ts";
import { pool } from "./pool.ts";
import { tensorRowPasses } from "./rows.ts";
import { type TensorFeature, Tensors } from "./tensors.ts";

/**
 * Passes on TensorFlow's library.
 *
 * @param context Where they run; a processor's, not a GPU's.
 * @param options Whether machine code runs; by default where it can.
 * @returns The passes.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where machine code is asked for and cannot run.
 */
export function nativeExecutorOps(
  context: EagerContext,
  { machine = machinePassesAvailable() }: { readonly machine?: boolean } = {},
): ExecutorOps {
  const tensors = new Tensors(context);
  const passes = machine
    ? machineRowPasses(tensors, openMachinePasses())
    : tensorRowPasses(tensors);
  const winograd = machine ? openWinogradPasses() : undefined;
  const tensorOf = (x: Feature) => x as TensorFeature;
  const free = (...xs: readonly Feature[]) => context.dispose(...xs.map((x) => tensorOf(x).id));
  const convolution = (x: Feature, options: ConvolutionOptions): Convolution => {
    if (winograd && usesWinograd(options)) {
      return convolveByMachine(tensors, tensorOf(x), { ...options, winograd });
    }
    if (machine && isRowMap(options)) return convolveRows({ ...passes, free }, x, options);
    return convolve(tensors, tensorOf(x), options);
  };
  return {
    ...passes,
    free,
    upload: (values, shape) => tensors.feature(tensors.floats(values, ...shape), shape),
    read: (x) => context.read(tensorOf(x).id) as Float32Array,
    convolve: convolution,
    depthwise: (x, options) => filter(tensors, tensorOf(x), options),
    pool: (x, options) => pool(tensors, tensorOf(x), options),
    view: (x, shape) => tensors.feature(tensors.reshape(tensorOf(x).id, ...shape), shape),
  };
}
