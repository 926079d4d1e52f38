/**
 * Registration of the kernels for TensorFlow.js's wasm backend.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";
import { hasRelaxedSimd, heapOf, memoryOf, type WasmBackend } from "./heap.ts";
import { convKernels } from "./conv_kernels.ts";
import { matMul, takesMatMul } from "./mat_mul.ts";
import { residualAdd, residualAddGrad } from "./residual_kernels.ts";
import { affine, affineGrad, columnMoments } from "./unit_kernels.ts";

const BACKEND = "wasm";
const registered = new WeakSet<tf.KernelFunc>();

function refuse(name: string): never {
  throw new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot compute ${name} as the wasm backend has it for float32 NHWC data without dilation ` +
      "only. Use another engine.",
  );
}

/** A kernel that handles some calls and passes the others on to the kernel that it replaces. */
interface Override<Args> {
  readonly takes: (args: Args) => boolean;
  readonly run: (args: Args) => tf.TensorInfo;
}

interface IdentityArguments {
  readonly inputs: { readonly x: tf.TensorInfo };
  readonly backend: WasmBackend;
}

function override<Args>(kernelName: string, { takes, run }: Override<Args>): void {
  const original = tf.getKernel(kernelName, BACKEND);
  if (original && registered.has(original.kernelFunc)) return;
  const kernelFunc: tf.KernelFunc = (given) => {
    const args = given as unknown as Args;
    if (takes(args)) return run(args);
    return original ? original.kernelFunc(given) : refuse(kernelName);
  };
  registered.add(kernelFunc);
  if (original) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({ ...original, kernelName, backendName: BACKEND, kernelFunc });
}

function addOwn<Args>(
  kernelName: string,
  run: (args: Args) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(kernelName, BACKEND)) return;
  const kernelFunc: tf.KernelFunc = (given) => run(given as unknown as Args);
  tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
}

/** Identity without the backend's copy: tensors are immutable, so the data can be shared. */
const identity: Override<IdentityArguments> = {
  takes: () => true,
  run: ({ inputs, backend }) => heapOf(backend).share(inputs.x),
};

/**
 * Register kernels of generated WebAssembly, with fused multiply-adds, for the wasm backend: Conv2D,
 * FusedConv2D (linear and relu), Conv2DBackpropInput, Conv2DBackpropFilter and BatchMatMul. Calls
 * that they decline (dilation, NCHW, batches of matrices, other types) go to the kernels registered
 * before. Also Espalier's own `EspalierColumnMoments`, `EspalierAffine`,
 * `EspalierAffineGrad`, `EspalierResidualAdd` and `EspalierResidualAddGrad`, and Identity without a
 * copy.
 *
 * Call it once the wasm backend is initialised, after other kernels are registered.
 *
 * @returns False, and nothing is changed, where the runtime lacks relaxed SIMD or the backend's
 * memory cannot be reached.
 */
export function registerSimdKernels(): boolean {
  const backend = tf.findBackend(BACKEND) as unknown as WasmBackend | null;
  if (!backend || !memoryOf(backend) || !hasRelaxedSimd()) return false;
  for (const [name, kernel] of Object.entries(convKernels)) override(name, kernel);
  override("BatchMatMul", { takes: takesMatMul, run: matMul });
  override("Identity", identity);
  addOwn("EspalierColumnMoments", columnMoments);
  addOwn("EspalierAffine", affine);
  addOwn("EspalierAffineGrad", affineGrad);
  addOwn("EspalierResidualAdd", residualAdd);
  addOwn("EspalierResidualAddGrad", residualAddGrad);
  return true;
}
