/**
 * What a kernel on the wasm heap is written with.
 *
 * Kernels work on tensor *infos* (an id, a shape, a type), below TensorFlow.js's
 * reference counts: a reshaped info borrows its source, what a kernel makes on
 * the way is freed when it returns, and its inputs are never touched. No `tidy`
 * is needed, and none may be used: it would free the caller's tensors.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** The kernels that the backend came with, by name, where one of ours replaced them. */
export const stockKernels: Map<string, tf.KernelFunc> = new Map();

/** The same data under another shape of the same size. */
export function shaped(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return { dataId: info.dataId, dtype: info.dtype, shape };
}

/** Inputs of a kernel, by name. */
export type Inputs = Record<string, tf.TensorInfo>;

/** The scratch memory of one call of a kernel. */
export class Workspace {
  readonly #backend: BackendWasm;
  readonly #made = new Set<tf.TensorInfo>();
  readonly #views: tf.TensorInfo[] = [];

  /** @param backend The wasm backend. */
  constructor(backend: BackendWasm) {
    this.#backend = backend;
  }

  /** Make a float tensor; what it holds is not defined. */
  empty(shape: number[]): tf.TensorInfo {
    return this.#own(this.#backend.makeOutput(shape, "float32"));
  }

  /**
   * The values of a float tensor, on the heap itself. Any call that makes a tensor
   * may grow the heap and so detach the array: ask again after it.
   */
  floats(info: tf.TensorInfo): Float32Array {
    return this.#backend.typedArrayFromHeap(info) as Float32Array;
  }

  /** The values of an integer tensor, on the heap itself. */
  integers(info: tf.TensorInfo): Int32Array {
    return this.#backend.typedArrayFromHeap(info) as Int32Array;
  }

  /**
   * A float tensor that lies inside another one's memory. To the backend it is a
   * tensor of its own, so nothing that it caches by tensor goes stale with it.
   */
  view(info: tf.TensorInfo, start: number, shape: number[]): tf.TensorInfo {
    const offset = this.#backend.getMemoryOffset(info.dataId) + 4 * start;
    const view = this.#backend.makeOutput(shape, "float32", offset);
    this.#views.push(view);
    return view;
  }

  /** Run a kernel as it is registered. */
  run(name: string, inputs: Inputs, attrs: object = {}): tf.TensorInfo {
    const kernel = tf.getKernel(name, "wasm").kernelFunc;
    return this.#call(kernel, inputs, attrs);
  }

  /** Run the kernel that the backend came with. */
  stock(name: string, inputs: Inputs, attrs: object = {}): tf.TensorInfo {
    const kernel = stockKernels.get(name) ?? tf.getKernel(name, "wasm").kernelFunc;
    return this.#call(kernel, inputs, attrs);
  }

  /** Free something early that this workspace made. */
  release(info: tf.TensorInfo): void {
    if (this.#made.delete(info)) this.#backend.disposeData(info.dataId);
  }

  /** Free everything that this workspace made, but for the result. */
  close(result?: tf.TensorInfo): void {
    let kept = false;
    for (const { dataId } of this.#made) {
      if (!kept && dataId === result?.dataId) kept = true;
      else this.#backend.disposeData(dataId);
    }
    for (const { dataId } of this.#views) {
      // A view owns no memory: forget it without freeing any.
      this.#backend.wasm.tfjs.disposeData(this.#backend.dataIdMap.get(dataId).id);
      this.#backend.dataIdMap.delete(dataId);
    }
  }

  #call(kernel: tf.KernelFunc, inputs: Inputs, attrs: object): tf.TensorInfo {
    const made = kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend: this.#backend });
    return this.#own(made as tf.TensorInfo);
  }

  #own(info: tf.TensorInfo): tf.TensorInfo {
    this.#made.add(info);
    return info;
  }
}

/** A kernel for the wasm backend. */
export interface WasmKernel {
  /** Name of the TensorFlow.js kernel that it adds or replaces. */
  readonly name: string;
  /** The kernel as TensorFlow.js calls it. */
  readonly kernelFunc: tf.KernelFunc;
}

/**
 * Define a kernel.
 *
 * @param name Name of the TensorFlow.js kernel.
 * @param body Gives the output; what else it makes in its workspace is freed.
 * @returns The kernel, not yet registered.
 */
export function wasmKernel<I extends object, A extends object>(
  name: string,
  body: (
    workspace: Workspace,
    inputs: { [K in keyof I]: tf.TensorInfo },
    attrs: A,
  ) => tf.TensorInfo,
): WasmKernel {
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) => {
    const workspace = new Workspace(backend as BackendWasm);
    let result: tf.TensorInfo | undefined;
    try {
      result = body(workspace, inputs as { [K in keyof I]: tf.TensorInfo }, attrs as unknown as A);
      return result;
    } finally {
      workspace.close(result);
    }
  };
  return { name, kernelFunc };
}
