/**
 * The wasm engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type BackendWasm, getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { EspalierError } from "@espalier/core";
import type { ExecutorOps } from "@espalier/supernet/engine";
import type { Engine } from "../engine.ts";
import { wasmExecutorOps } from "./executor/ops.ts";
import { guardHeap } from "./heap.ts";
import { registerWasmKernels } from "./register.ts";
import { heapOf, type WasmBackend } from "./simd/heap.ts";
import { registerSimdKernels } from "./simd/mod.ts";

const executors = new WeakMap<WasmBackend, ExecutorOps>();

/** The passes of a backend, which know its features. */
function executorOf(backend: WasmBackend): ExecutorOps {
  const executor = executors.get(backend) ?? wasmExecutorOps(heapOf(backend));
  executors.set(backend, executor);
  return executor;
}

/** TensorFlow.js's WebAssembly backend with corrected kernels. It needs no installation. */
export const wasmEngine: Engine = {
  name: "wasm",
  unavailable() {
    const reason = "this runtime has no WebAssembly";
    const missing = typeof WebAssembly === "undefined";
    return Promise.resolve(missing ? { reason, remedy: 'use "cpu" or "native"' } : undefined);
  },
  async start() {
    if (!await tf.setBackend("wasm")) {
      throw new EspalierError(
        "ERR_ENGINE_UNAVAILABLE",
        "Cannot start the wasm engine as its WebAssembly module must load: it did not. " +
          "Let the process read its npm packages.",
      );
    }
    const backend = tf.backend();
    guardHeap(backend as unknown as BackendWasm);
    registerWasmKernels();
    const fused = registerSimdKernels();
    const threads = getThreadsCount();
    const simd = fused ? "relaxed SIMD" : "SIMD";
    return {
      device: `WebAssembly, ${simd}, ${threads} thread${threads === 1 ? "" : "s"}`,
      threads,
      readsCheaply: true,
      executor: fused ? executorOf(backend as unknown as WasmBackend) : undefined,
    };
  },
};
