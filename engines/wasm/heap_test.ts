import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { wasmEngine } from "./engine.ts";

Deno.test("the end of the heap is a named error, and the engine lives on", async () => {
  await wasmEngine.start();
  const backend = tf.backend() as unknown as BackendWasm;
  // Reserved but never written, so that the system gives no memory for it.
  const made: tf.TensorInfo[] = [];
  const fill = () => {
    while (made.length < 64) made.push(backend.makeOutput([32 * 2 ** 20], "float32"));
  };
  const error = assertThrows(fill, EspalierError, "4 GiB");
  assertEquals(error.code, "ERR_ENGINE_FAILED");
  assert(made.length > 24, "almost all of the heap was given");
  const small = tf.tidy(() => Array.from(tf.add(tf.tensor1d([1, 2]), 1).dataSync()));
  assertEquals(small, [2, 3]);
  for (const { dataId } of made) backend.disposeData(dataId);
});
