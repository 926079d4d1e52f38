/**
 * Definition of kernels on the wasm heap.
 *
 * A kernel works on tensor *infos* (an id, a shape, a type), below TensorFlow.js's reference
 * counts. A reshaped info shares the data of its source. Temporaries are freed when the kernel
 * returns, and its inputs are never changed or freed. A kernel must not use `tidy`, which would
 * free the caller's tensors.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** The backend's original kernels, by name, where one of ours replaced them. */
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

  /** Make a float tensor with undefined values. */
  empty(shape: number[]): tf.TensorInfo {
    return this.#own(this.#backend.makeOutput(shape, "float32"));
  }

  /**
   * The values of a float tensor, as a view of the heap. Any call that makes a tensor
   * may grow the heap, which detaches the view: get a new one after it.
   */
  floats(info: tf.TensorInfo): Float32Array {
    return this.#backend.typedArrayFromHeap(info) as Float32Array;
  }

  /** The values of an integer tensor, as a view of the heap. */
  integers(info: tf.TensorInfo): Int32Array {
    return this.#backend.typedArrayFromHeap(info) as Int32Array;
  }

  /**
   * A float tensor inside another one's memory. The backend sees a separate tensor, so
   * that what it caches by tensor stays valid.
   */
  view(info: tf.TensorInfo, start: number, shape: number[]): tf.TensorInfo {
    const offset = this.#backend.getMemoryOffset(info.dataId) + 4 * start;
    const view = this.#backend.makeOutput(shape, "float32", offset);
    this.#views.push(view);
    return view;
  }

  /** Run the registered kernel of a name. */
  run(name: string, inputs: Inputs, attrs: object = {}): tf.TensorInfo {
    const kernel = tf.getKernel(name, "wasm").kernelFunc;
    return this.#call(kernel, inputs, attrs);
  }

  /** Run the backend's original kernel of a name. */
  stock(name: string, inputs: Inputs, attrs: object = {}): tf.TensorInfo {
    const kernel = stockKernels.get(name) ?? tf.getKernel(name, "wasm").kernelFunc;
    return this.#call(kernel, inputs, attrs);
  }

  /** Free a tensor of this workspace early. */
  release(info: tf.TensorInfo): void {
    if (this.#made.delete(info)) this.#backend.disposeData(info.dataId);
  }

  /** Free everything that this workspace made except the result. */
  close(result?: tf.TensorInfo): void {
    let kept = false;
    for (const { dataId } of this.#made) {
      if (!kept && dataId === result?.dataId) kept = true;
      else this.#backend.disposeData(dataId);
    }
    for (const { dataId } of this.#views) {
      // A view owns no memory: remove it without freeing any.
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
 * @param body Computes the output; everything else that it makes in its workspace is freed.
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
