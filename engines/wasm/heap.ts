/**
 * The wasm heap and its end.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { EspalierError } from "@espalier/core";

const MIB = 2 ** 20;

/** Where a heap with 32-bit addresses ends. */
const LIMIT = 4096 * MIB;

/** Kept free for what the library allocates by itself, which it does not check. */
const RESERVE = 64 * MIB;

interface Heap {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
  readonly HEAPU8: Uint8Array;
}

/** The module as Emscripten made it; its own types are not at hand. */
function heapOf(backend: BackendWasm): Heap {
  return backend.wasm as unknown as Heap;
}

const guarded = new WeakSet<object>();

function fail(bytes: number): never {
  const held = Math.round(tf.memory().numBytes / MIB);
  throw new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot allocate ${Math.ceil(bytes / MIB)} MiB as the heap of the wasm engine ends at 4 GiB: ` +
      `${held} MiB are in tensors. Use a smaller batch, or the native engine (\`deno task native\`).`,
  );
}

/**
 * Turn the end of the heap into an error. The backend takes address 0, which it gets
 * then, for memory: it overwrites the heap's start and is dead from there on.
 *
 * @param backend A backend that has started; a second call does nothing.
 */
export function guardHeap(backend: BackendWasm): void {
  const heap = heapOf(backend);
  if (guarded.has(heap)) return;
  guarded.add(heap);
  // The first call of each replaces the function by the real one.
  heap._free(heap._malloc(1));
  const malloc = heap._malloc;
  heap._malloc = (bytes) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0) fail(bytes);
    if (heap.HEAPU8.length > LIMIT - 8 * RESERVE) {
      const reserve = malloc(RESERVE);
      if (reserve === 0) {
        heap._free(address);
        fail(bytes);
      }
      heap._free(reserve);
    }
    return address;
  };
}
