/**
 * The engines by name.
 *
 * @module
 */
import { useEngineServices } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import type { Engine, EngineName, StartedEngine, StartOptions } from "./engine.ts";

/** Imported on demand, since an engine brings megabytes of code. */
export const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  native: async () => (await import("./native/mod.ts")).nativeEngine,
  wasm: async () => (await import("./wasm/mod.ts")).wasmEngine,
  webgpu: async () => (await import("./webgpu_engine.ts")).webgpuEngine,
  cpu: async () => (await import("./cpu_engine.ts")).cpuEngine,
};

/** Make an engine the current backend of this thread. */
export async function startEngine(
  name: EngineName,
  options: StartOptions,
): Promise<StartedEngine> {
  tf.enableProdMode();
  const started = await (await engines[name]()).start(options);
  const { readsCheaply, executor, variant } = started;
  useEngineServices({ readsCheaply, executor, variant });
  return started;
}
