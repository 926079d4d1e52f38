/**
 * The choice of an engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";
import type { Engine, EngineInfo, EngineName } from "./engine.ts";
import { selfTest } from "./self_test.ts";

/** Loaded when asked for: an engine brings megabytes of code. */
const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  native: async () => (await import("./native/mod.ts")).nativeEngine,
  wasm: async () => (await import("./wasm/mod.ts")).wasmEngine,
  webgpu: async () => (await import("./webgpu_engine.ts")).webgpuEngine,
  cpu: async () => (await import("./cpu_engine.ts")).cpuEngine,
};

const INSTALL = "`deno task native` installs";

/** Backends that passed the self-test. */
const proven = new Set<string>();

/** The last choice. */
let current: { asked: EngineName | "auto"; backend: string; info: EngineInfo } | undefined;

async function start(engine: Engine): Promise<{ device: string; threads: number }> {
  tf.enableProdMode();
  const started = await engine.start();
  const backend = tf.getBackend();
  if (!proven.has(backend)) {
    await selfTest();
    proven.add(backend);
  }
  return started;
}

async function useNamed(name: EngineName): Promise<EngineInfo> {
  const engine = await engines[name]();
  const reason = await engine.unavailable();
  if (reason !== undefined) {
    const remedy = name === "native" ? `Install it: ${INSTALL} it.` : `Use "wasm" or "native".`;
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      `Cannot use the ${name} engine as it must be available: ${reason}. ${remedy}`,
    );
  }
  const started = await start(engine);
  const faster = name === "native" ? "" : `; the native one, which ${INSTALL}, is faster`;
  return { name, ...started, message: `Using the ${name} engine: ${started.device}${faster}.` };
}

/** Why the native engine was not taken: a clause. */
async function nativeOrReason(): Promise<EngineInfo | string> {
  try {
    const engine = await engines.native();
    return await engine.unavailable() ?? await useNamed("native");
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  }
}

async function useFastest(): Promise<EngineInfo> {
  const native = await nativeOrReason();
  if (typeof native !== "string") return native;
  const { message: _, ...info } = await useNamed("wasm");
  const message = `Using the wasm engine: ${info.device}; not the native one, which is faster, ` +
    `as ${native} (${INSTALL} it).`;
  return { ...info, message };
}

/**
 * Choose what Espalier computes on, and prove that it computes right gradients.
 *
 * `"auto"` takes the native engine where it is installed, else wasm, which needs no
 * installation. `"webgpu"` and `"cpu"` are used only when asked for. A second call with
 * the same name does no work, as long as no one else set another backend.
 *
 * @example Take the fastest engine
 * ```ts ignore
 * import { useEngine } from "@espalier/engines";
 *
 * const engine = await useEngine();
 * console.log(engine.message);
 * ```
 *
 * @param name The engine (default `"auto"`).
 * @returns What was chosen, with a sentence that says why.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` with what was found in its place;
 * `ERR_ENGINE_SELF_TEST` with the value that is off; `ERR_ENGINE_FAILED` when it starts wrongly.
 */
export async function useEngine(name: EngineName | "auto" = "auto"): Promise<EngineInfo> {
  if (current?.asked === name && current.backend === tf.getBackend()) return current.info;
  const info = name === "auto" ? await useFastest() : await useNamed(name);
  current = { asked: name, backend: tf.getBackend(), info };
  return info;
}
