/**
 * The webgpu engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";
import type { Engine } from "./engine.ts";

interface Adapter {
  readonly info?: { readonly description?: string; readonly vendor?: string };
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

/** The adapter, or a clause that says why there is none. */
async function findAdapter(): Promise<Adapter | string> {
  const { gpu } = navigator as { readonly gpu?: Gpu };
  if (!gpu) return "this runtime has no WebGPU";
  try {
    return await gpu.requestAdapter() ?? "WebGPU found no adapter";
  } catch (error) {
    return `WebGPU failed to find an adapter: ${(error as Error).message}`;
  }
}

/**
 * TensorFlow.js's WebGPU backend. Software adapters are slow, and tensors cannot be read
 * synchronously (`dataSync`), so it is used only when asked for.
 */
export const webgpuEngine: Engine = {
  name: "webgpu",
  async unavailable() {
    const found = await findAdapter();
    if (typeof found !== "string") return undefined;
    return { reason: found, remedy: 'use "wasm" or "native"' };
  },
  async start() {
    const adapter = await findAdapter();
    await import("@tensorflow/tfjs-backend-webgpu");
    if (typeof adapter === "string" || !await tf.setBackend("webgpu")) {
      const state = typeof adapter === "string" ? adapter : "its backend did not start";
      throw new EspalierError(
        "ERR_ENGINE_UNAVAILABLE",
        `Cannot start the webgpu engine as it needs an adapter: ${state}. Use "wasm" or "native".`,
      );
    }
    const { description, vendor } = adapter.info ?? {};
    const device = `WebGPU on ${description || vendor || "an unnamed adapter"}`;
    return { device, threads: 1, readsCheaply: false };
  },
};
