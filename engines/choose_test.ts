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
import type { Engine } from "./engine.ts";
import { nativeEngine } from "./native/mod.ts";
import { webgpuEngine } from "./webgpu_engine.ts";

Deno.test("useEngine() starts the engine that is asked for and says so in one sentence", async () => {
  for (const name of ["wasm", "cpu"] as const) {
    const info = await useEngine(name);
    assertEquals(info.name, name);
    assertEquals(tf.getBackend(), name);
    assertEquals(info.threads, 1);
    assertMatch(info.message, new RegExp(`^Using the ${name} engine: [^.]+; .+\\.$`));
    assertStringIncludes(info.message, "`deno task native`");
  }
});

/** Run with a native engine of which some methods are others. */
async function withNative(methods: Partial<Engine>, run: () => Promise<void>): Promise<void> {
  const engine = nativeEngine as { -readonly [K in keyof Engine]: Engine[K] };
  const own = { ...engine };
  try {
    Object.assign(engine, methods);
    await useEngine("cpu"); // so that no earlier choice holds
    await run();
  } finally {
    Object.assign(engine, own);
  }
}

Deno.test("useEngine() takes the native engine where it is available", async () => {
  const start = async () => {
    await tf.setBackend("cpu");
    return { device: "a stand-in", threads: 3, readsCheaply: true };
  };
  await withNative({ unavailable: () => Promise.resolve(undefined), start }, async () => {
    const message = "Using the native engine: a stand-in.";
    const device = "a stand-in";
    const info = await useEngine("auto", { ranks: 1 });
    assertEquals(info, { name: "native", device, threads: 3, ranks: 1, message });
  });
});

Deno.test("useEngine() starts anew where it is told otherwise about machine code", async () => {
  const told: (boolean | undefined)[] = [];
  const start: Engine["start"] = async ({ machine } = {}) => {
    told.push(machine);
    await tf.setBackend("cpu");
    return { device: "a stand-in", threads: 1, readsCheaply: true };
  };
  await withNative({ unavailable: () => Promise.resolve(undefined), start }, async () => {
    await useEngine("native");
    await useEngine("native", { machine: false });
    await useEngine("native", { machine: false });
    await useEngine("auto", { machine: false });
    await useEngine("native");
    assertEquals(told, [true, false, false, true]);
  });
});

Deno.test("useEngine() takes wasm where native is missing, and says why and what installs it", async () => {
  const missing = { reason: "it is not installed", remedy: "`deno task native` installs it" };
  const unavailable = () => Promise.resolve(missing);
  await withNative({ unavailable }, async () => {
    const info = await useEngine();
    assertEquals([info.name, tf.getBackend()], ["wasm", "wasm"]);
    assertStringIncludes(info.message, "as it is not installed (`deno task native` installs it)");
    const error = await assertRejects(() => useEngine("native"), EspalierError, "not installed");
    assertEquals(error.code, "ERR_ENGINE_UNAVAILABLE");
    assertStringIncludes(error.message, "`deno task native`");
  });
});

Deno.test("useEngine() takes wasm where native does not start, and says why", async () => {
  const unavailable = () => Promise.resolve(undefined);
  const start = () => Promise.reject(new Error("Cannot start as the library is cut."));
  await withNative({ unavailable, start }, async () => {
    const info = await useEngine();
    assertEquals(info.name, "wasm");
    assertStringIncludes(info.message, "as Cannot start as the library is cut.");
    await assertRejects(() => useEngine("native"), Error, "the library is cut");
  });
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
