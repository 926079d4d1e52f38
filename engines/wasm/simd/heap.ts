/**
 * The heap of TensorFlow.js's wasm backend, shared with the routines of this folder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";
import { assemble, get, multiplyAdd, routine, set } from "./assemble.ts";
import { columnRoutines } from "./columns.ts";
import { winogradRoutines } from "./winograd_routines.ts";
import { copyRoutines } from "./copy.ts";
import { depthwiseRoutines } from "./depthwise_routines.ts";
import { outerRoutines } from "./outer.ts";
import { productRoutines } from "./product.ts";
import { rowProductRoutines } from "./row_product.ts";
import { tileRoutines } from "./tile.ts";

/** The parts of TensorFlow.js's wasm backend that the kernels use. */
export interface WasmBackend {
  /** The Emscripten module, whose memory is in one of two places, depending on the build. */
  readonly wasm: {
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly wasmMemory?: WebAssembly.Memory;
    readonly _malloc: (bytes: number) => number;
    readonly _free: (pointer: number) => void;
  };
  readonly dataIdMap: { readonly get: (id: tf.DataId) => { readonly memoryOffset: number } };
  readonly makeOutput: (shape: number[], dtype: "float32") => tf.TensorInfo;
  readonly incRef: (id: tf.DataId) => void;
}

const ROUTINES = [
  ...copyRoutines,
  ...tileRoutines,
  ...productRoutines,
  ...rowProductRoutines,
  ...outerRoutines,
  ...columnRoutines,
  ...winogradRoutines,
  ...depthwiseRoutines,
];

/** Access to one backend's memory. Pointers stay valid, views only until the next allocation. */
export interface Heap {
  /** The routines, by name. */
  readonly call: Readonly<Record<string, (...parameters: number[]) => void>>;
  /** Where a tensor's values are. */
  readonly pointer: (tensor: tf.TensorInfo) => number;
  /** Make a tensor whose values are not set. */
  readonly output: (shape: readonly number[]) => tf.TensorInfo;
  /** Another tensor that shares a tensor's values. */
  readonly share: (tensor: tf.TensorInfo) => tf.TensorInfo;
  /**
   * Regions of these sizes in bytes, aligned to vectors, valid until the next call of `scratch`.
   */
  readonly scratch: (...sizes: number[]) => number[];
  /** Reserve bytes. */
  readonly allocate: (bytes: number) => number;
  /** Give back what `allocate` reserved. */
  readonly free: (pointer: number) => void;
  /** View floats. */
  readonly floats: (pointer: number, length: number) => Float32Array;
  /** View integers. */
  readonly integers: (pointer: number, length: number) => Int32Array;
}

/** The memory of a wasm backend, if it can be reached. */
export function memoryOf(backend: WasmBackend): WebAssembly.Memory | undefined {
  const memory = backend.wasm?.asm?.memory ?? backend.wasm?.wasmMemory;
  return memory instanceof WebAssembly.Memory ? memory : undefined;
}

/** Whether this runtime has the relaxed SIMD instructions. */
export function hasRelaxedSimd(): boolean {
  const probe = routine({
    name: "probe",
    parameters: [],
    body(_, { v128 }) {
      const x = v128();
      return set(x, multiplyAdd(get(x), get(x), get(x)));
    },
  });
  return WebAssembly.validate(assemble([probe], { shared: false }));
}

function allocate(backend: WasmBackend, bytes: number): number {
  const pointer = backend.wasm._malloc(bytes) >>> 0;
  if (pointer !== 0) return pointer;
  throw new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot allocate memory as the wasm heap is full: ${bytes} bytes asked for. ` +
      "Use a smaller batch.",
  );
}

function scratchOf(backend: WasmBackend): Heap["scratch"] {
  let [room, size] = [0, 0];
  return (...sizes) => {
    const ends: number[] = [];
    for (const bytes of sizes) ends.push((ends.at(-1) ?? 0) + Math.ceil(bytes / 16) * 16);
    const total = (ends.at(-1) ?? 0) + 16;
    if (total > size) {
      backend.wasm._free(room);
      [room, size] = [0, 0];
      room = allocate(backend, total);
      size = total;
    }
    const base = Math.ceil(room / 16) * 16;
    return sizes.map((_, index) => base + (ends[index - 1] ?? 0));
  };
}

const modules = new Map<boolean, WebAssembly.Module>();

/** The compiled routines, for memory that threads share or for memory of one thread. */
function moduleFor(shared: boolean): WebAssembly.Module {
  const module = modules.get(shared) ?? new WebAssembly.Module(assemble(ROUTINES, { shared }));
  modules.set(shared, module);
  return module;
}

function makeHeap(backend: WasmBackend): Heap {
  const memory = memoryOf(backend)!;
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const instance = new WebAssembly.Instance(moduleFor(shared), { env: { memory } });
  return {
    call: instance.exports as Heap["call"],
    pointer: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    output: (shape) => backend.makeOutput([...shape], "float32"),
    share: ({ dataId, shape, dtype }) => {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
    scratch: scratchOf(backend),
    allocate: (bytes) => allocate(backend, bytes),
    free: (pointer) => backend.wasm._free(pointer),
    floats: (pointer, length) => new Float32Array(memory.buffer, pointer, length),
    integers: (pointer, length) => new Int32Array(memory.buffer, pointer, length),
  };
}

const heaps = new WeakMap<WasmBackend, Heap>();

/** The heap of a backend whose memory can be reached, made at the first call. */
export function heapOf(backend: WasmBackend): Heap {
  const heap = heaps.get(backend) ?? makeHeap(backend);
  heaps.set(backend, heap);
  return heap;
}

/** A copy of a tensor's values, since views of the heap do not outlive an allocation. */
export function valuesOf(heap: Heap, x: tf.TensorInfo): Float32Array {
  return heap.floats(heap.pointer(x), tf.util.sizeFromShape(x.shape)).slice();
}
