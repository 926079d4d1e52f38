import { EspalierError } from "@espalier/core";
import type { FeatureShape } from "@espalier/supernet/engine";
import { executorConformance } from "@espalier/testing";
import { assertEquals, assertThrows } from "@std/assert";
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

Deno.test("wasmExecutorOps() leaves nothing behind where the heap is full", () => {
  const heap = counted();
  const full = (): never => {
    throw new RangeError("full");
  };
  const shape: FeatureShape = [2, 4, 4, 8], values = new Float32Array(256);
  const before = live, ops = wasmExecutorOps(heap), x = ops.upload(values, shape);
  const scratchless = wasmExecutorOps({ ...heap, scratch: full, floats: full });
  const window = { strides: [1, 1], padding: [1, 1, 1, 1] } as const;
  const kernel = new Float32Array(9 * 64);
  using convolution = ops.convolve(x, { ...window, kernel, shape: [3, 3, 8, 8] });
  assertThrows(() => scratchless.upload(values, shape), RangeError, "full");
  assertEquals(live, before + 2);
  ops.free(x, convolution.output);
  assertEquals(live, before);
  assertThrows(() => ops.read(x), EspalierError, "not freed yet: [2,4,4,8]");
});

const setup = { start: () => wasmExecutorOps(counted()), live: () => live };
for (const { name, fn } of executorConformance(setup)) Deno.test(`wasmExecutorOps(): ${name}`, fn);
