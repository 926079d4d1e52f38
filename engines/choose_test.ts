import * as tf from "@tensorflow/tfjs";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EspalierError } from "@espalier/core";
import { useEngine } from "./choose.ts";
import { nativeEngine } from "./native/mod.ts";
import { webgpuEngine } from "./webgpu_engine.ts";

Deno.test("useEngine() starts the engine that is asked for and says so in one sentence", async () => {
  for (const name of ["wasm", "cpu"] as const) {
    const info = await useEngine(name);
    assertEquals(info.name, name);
    assertEquals(tf.getBackend(), name);
    assertEquals(info.threads, 1);
    assertMatch(info.message, new RegExp(`^Using the ${name} engine \\([^.]+\\); .+\\.$`));
    assertStringIncludes(info.message, "`deno task native`");
  }
});

Deno.test("useEngine() takes native where it is installed, else wasm, and says why", async () => {
  const missing = await nativeEngine.unavailable();
  const info = await useEngine();
  assertEquals(info.name, missing === undefined ? "native" : "wasm");
  if (missing === undefined) return assertMatch(info.message, /^Using the native engine \(.+\)\.$/);
  assertStringIncludes(info.message, `not the native one: ${missing}; \`deno task native\``);
});

Deno.test("useEngine() does nothing the second time", async () => {
  const first = await useEngine("wasm");
  const kernel = tf.getKernel("Conv2DBackpropFilter", "wasm").kernelFunc;
  assert(await useEngine("wasm") === first);
  await useEngine("cpu");
  assertEquals(await useEngine("wasm"), first);
  assert(tf.getKernel("Conv2DBackpropFilter", "wasm").kernelFunc === kernel);
});

Deno.test("useEngine() restores the engine after another backend was set", async () => {
  await useEngine("wasm");
  await tf.setBackend("cpu");
  await useEngine("wasm");
  assertEquals(tf.getBackend(), "wasm");
});

Deno.test("useEngine() leaves no tensor behind", async () => {
  await useEngine("wasm");
  const before = tf.memory().numTensors;
  await useEngine("cpu");
  await useEngine("wasm");
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("useEngine() refuses webgpu where no adapter is found, and names what was", async () => {
  const own = Object.getOwnPropertyDescriptor(navigator, "gpu");
  const found: [unknown, string][] = [
    [undefined, "this runtime has no WebGPU"],
    [{ requestAdapter: () => Promise.resolve(null) }, "WebGPU found no adapter"],
    [{ requestAdapter: () => Promise.reject(new Error("lost")) }, "lost"],
  ];
  try {
    for (const [gpu, state] of found) {
      Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
      const error = await assertRejects(() => useEngine("webgpu"), EspalierError, state);
      assertEquals(error.code, "ERR_ENGINE_UNAVAILABLE");
      const started = await assertRejects(() => webgpuEngine.start(), EspalierError, state);
      assertEquals(started.code, "ERR_ENGINE_UNAVAILABLE");
    }
  } finally {
    if (own) Object.defineProperty(navigator, "gpu", own);
    else delete (navigator as { gpu?: unknown }).gpu;
  }
});
