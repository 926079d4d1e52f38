/**
 * The engines of browsers, without anything of Node or Deno.
 *
 * @module
 */
import { checkOptions, EspalierError, type OptionFields } from "@espalier/core";
import { useEngineServices } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as z from "zod";
import { cpuEngine } from "./cpu_engine.ts";
import type { EngineInfo } from "./engine.ts";
import { selfTest } from "./self_test.ts";
import { wasmEngine } from "./wasm/mod.ts";

export type { EngineInfo, EngineName } from "./engine.ts";

/** Options of {@linkcode useBrowserEngine}. */
export interface BrowserEngineOptions {
  /**
   * Address of the folder with the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, with a slash at
   * its end.
   *
   * @default the folder of the page's scripts
   */
  readonly wasmPath?: string;
}

const ENGINES = { wasm: wasmEngine, cpu: cpuEngine } as const;

const nameSchema = z.strictObject({ name: z.enum(["wasm", "cpu"]) });
const optionsSchema = z.strictObject(
  { wasmPath: z.string().endsWith("/").optional() } satisfies OptionFields<BrowserEngineOptions>,
);

/**
 * Choose the engine that Espalier computes on in a page, and check its gradients by a self-test.
 *
 * @example In a page
 * ```ts ignore
 * import { useBrowserEngine } from "@espalier/engines/browser";
 *
 * const { message } = await useBrowserEngine("wasm", { wasmPath: "/wasm/" });
 * ```
 *
 * @param name WebAssembly, or plain JavaScript, which is far too slow for training.
 * @param options Where its files are.
 * @returns What was chosen.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` when the engine cannot be used here;
 * `ERR_ENGINE_SELF_TEST` with the value that is wrong; `ERR_CONFIG_INVALID` for what is not valid.
 */
export async function useBrowserEngine(
  name: "wasm" | "cpu" = "wasm",
  options: BrowserEngineOptions = {},
): Promise<EngineInfo> {
  checkOptions(nameSchema, { name }, { subject: "useBrowserEngine()" });
  checkOptions(optionsSchema, options, { subject: "useBrowserEngine()" });
  const engine = ENGINES[name];
  const missing = await engine.unavailable();
  if (missing !== undefined) {
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      `Cannot use the ${name} engine as it must be available: ${missing.reason}; ${missing.remedy}.`,
    );
  }
  if (options.wasmPath !== undefined) setWasmPaths(options.wasmPath);
  tf.enableProdMode();
  const { device, threads, ...services } = await engine.start();
  useEngineServices(services);
  await selfTest();
  return { name, device, threads, ranks: 1, message: `Using the ${name} engine: ${device}.` };
}
