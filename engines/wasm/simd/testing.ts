/**
 * What the tests of these kernels share.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";

tf.enableProdMode();

/** Float32 rounding of sums, relative to the largest entry. */
export const ROUNDING = 1e-5;

/** Repeatable values in [-1, 1). */
export function noise(size: number, seed = 1): Float32Array {
  let state = seed * 2654435761 >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Largest difference, relative to the largest expected entry. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, scale] = [actual.length === expected.length ? 0 : Infinity, 1e-30];
  for (let at = 0; at < expected.length; at++) {
    const gap = Math.abs(actual[at]! - expected[at]!);
    difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
    scale = Math.max(scale, Math.abs(expected[at]!));
  }
  return difference / scale;
}

/** Run a kernel on a backend over fresh tensors, and read its results. */
export async function runKernel(
  backend: "cpu" | "wasm",
  { name, inputs, attrs = {} }: {
    readonly name: string;
    readonly inputs: Readonly<Record<string, { values: Float32Array; shape: number[] }>>;
    readonly attrs?: object;
  },
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([key, { values, shape }]) => [key, tf.tensor(values, shape)]),
  );
  const results = [tf.engine().runKernel(name, tensors, attrs as tf.NamedAttrMap)].flat();
  const read = (results as tf.Tensor[]).map((tensor) => tensor.dataSync<"float32">());
  tf.dispose([tensors, results]);
  return read;
}

/** A heap of one's own whose memory ends with the tensor placed last. */
export function tightHeap(pages: number): { heap: Heap; place: (values: Float32Array) => number } {
  const memory = new WebAssembly.Memory({ initial: pages });
  const bytes = pages * 65536;
  let free = 16;
  const backend: WasmBackend = {
    wasm: {
      asm: { memory },
      _malloc: (size) => (free += size) - size,
      _free: () => {},
    },
    dataIdMap: { get: () => ({ memoryOffset: 0 }) },
    makeOutput: () => ({ dataId: {}, shape: [], dtype: "float32" }),
    incRef: () => {},
  };
  const heap = heapOf(backend);
  return {
    heap,
    place(values) {
      const pointer = bytes - values.byteLength;
      heap.floats(pointer, values.length).set(values);
      return pointer;
    },
  };
}
