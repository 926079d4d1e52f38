import { executorConformance } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { type Heap, heapOf, type WasmBackend } from "../simd/heap.ts";
import { wasmExecutorOps } from "./ops.ts";
import { registerWasmKernels } from "../register.ts";

await tf.setBackend("wasm");
registerWasmKernels();

let live = 0;

/** The heap of the backend, which counts what features reserve. */
function counted(): Heap {
  const heap = heapOf(tf.backend() as unknown as WasmBackend);
  return {
    ...heap,
    allocate(bytes) {
      live++;
      return heap.allocate(bytes);
    },
    free(pointer) {
      live--;
      heap.free(pointer);
    },
  };
}

const setup = { start: () => wasmExecutorOps(counted()), live: () => live };
for (const { name, fn } of executorConformance(setup)) Deno.test(`wasmExecutorOps(): ${name}`, fn);
