/**
 * Put the wasm backend right.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { stockKernels, type WasmKernel } from "./workspace.ts";
import { conv2dBackpropFilter } from "./kernels/conv2d_backprop_filter.ts";
import { conv2dBackpropInput } from "./kernels/conv2d_backprop_input.ts";
import { explicitPadding } from "./kernels/explicit_padding.ts";

/** Every kernel that is missing, wrong or slow in the wasm backend. */
export const wasmKernels: readonly WasmKernel[] = [
  conv2dBackpropFilter,
  conv2dBackpropInput,
  ...explicitPadding,
];

let registered = false;

/**
 * Register every kernel of {@linkcode wasmKernels}; a second call does nothing.
 */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  for (const { name, kernelFunc } of wasmKernels) {
    const stock = tf.getKernel(name, "wasm");
    if (stock) {
      stockKernels.set(name, stock.kernelFunc);
      tf.unregisterKernel(name, "wasm");
    }
    tf.registerKernel({ ...stock, kernelName: name, backendName: "wasm", kernelFunc });
  }
}
