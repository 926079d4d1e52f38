/**
 * Registration of the kernels that replace or complete those of the wasm backend.
 *
 * TensorFlow.js's wasm backend is made mainly for inference. Of the kernels that training needs,
 * some are missing, some give wrong numbers and some are too slow. Each file of kernels/ says in
 * its head which of these it corrects. Only kernels that a Blueprint reaches, forward or in a
 * gradient, are here.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { avgPoolGrad } from "./kernels/avg_pool_grad.ts";
import { batchMatMul } from "./kernels/batch_mat_mul.ts";
import { conv2dBackpropFilter } from "./kernels/conv2d_backprop_filter.ts";
import { conv2dBackpropInput } from "./kernels/conv2d_backprop_input.ts";
import { depthwiseBackpropFilter } from "./kernels/depthwise_backprop_filter.ts";
import { depthwiseBackpropInput } from "./kernels/depthwise_backprop_input.ts";
import { explicitPadding } from "./kernels/explicit_padding.ts";
import { fusedBatchNorm } from "./kernels/fused_batch_norm.ts";
import { leadingSums } from "./kernels/leading_sums.ts";
import { maxPoolGrad } from "./kernels/max_pool_grad.ts";
import { slice } from "./kernels/slice.ts";
import { unsortedSegmentSum } from "./kernels/unsorted_segment_sum.ts";
import { wideBroadcast } from "./kernels/wide_broadcast.ts";
import { stockKernels, type WasmKernel } from "./workspace.ts";

/** Every kernel that a Blueprint reaches and that is missing, wrong or slow in the wasm backend. */
export const wasmKernels: readonly WasmKernel[] = [
  avgPoolGrad,
  batchMatMul,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  ...explicitPadding,
  fusedBatchNorm,
  ...leadingSums,
  maxPoolGrad,
  slice,
  unsortedSegmentSum,
  ...wideBroadcast,
];

let registered = false;

/** Register every kernel of {@linkcode wasmKernels}; a second call does nothing. */
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
