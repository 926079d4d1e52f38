/**
 * The wasm heap and its limit.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { EspalierError } from "@espalier/core";

const MIB = 2 ** 20;

/** Largest heap with 32-bit addresses, in bytes. */
const LIMIT = 4096 * MIB;

/** Bytes kept free for the library's own allocations, whose failure it does not check. */
const RESERVE = 64 * MIB;

interface Heap {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
  readonly HEAPU8: Uint8Array;
}

/** The Emscripten module, for which the package declares no types. */
function heapOf(backend: BackendWasm): Heap {
  return backend.wasm as unknown as Heap;
}

const guarded = new WeakSet<object>();

function fail(bytes: number): never {
  const held = Math.round(tf.memory().numBytes / MIB);
  throw new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot allocate ${Math.ceil(bytes / MIB)} MiB as the heap of the wasm engine ends at 4 GiB: ` +
      `${held} MiB are in tensors, others in features of the executor. Use a smaller batch, or the native engine (\`deno task native\`).`,
  );
}

/**
 * Make a full heap throw an error. Without this the backend would use the address 0 that a failed
 * allocation returns, and overwrite the start of the heap.
 *
 * @param backend A started backend; a second call with it does nothing.
 */
export function guardHeap(backend: BackendWasm): void {
  const heap = heapOf(backend);
  if (guarded.has(heap)) return;
  guarded.add(heap);
  // Emscripten's functions are stubs that replace themselves at their first call.
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
