/**
 * The choice of an engine.
 *
 * @module
 */
import { checkOptions, EspalierError, type OptionFields } from "@espalier/core";
import { engineServices, useEngineServices } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import { availableParallelism } from "node:os";
import * as z from "zod";
import type { EngineInfo, EngineName, StartedEngine, StartOptions } from "./engine.ts";
import { type ThreadPool, threadPool } from "./ranks/pool.ts";
import { selfTest } from "./self_test.ts";
import { engines, startEngine } from "./start_engine.ts";

/** What installs the native engine; the clause goes on. */
const INSTALL = "Deno" in globalThis
  ? "`deno task native` installs"
  : "`npm install @tensorflow/tfjs-node-gpu` installs";

/** Options of {@linkcode useEngine}. */
export interface EngineOptions {
  /**
   * Number of ranks: threads that share each batch of a network, the calling thread included. The
   * result equals that of one thread up to rounding. The threads start with the first batch that is
   * large enough. `"auto"` takes two ranks in Deno on two or more processors, with the wasm engine
   * or with native without a GPU, and one elsewhere.
   *
   * @default {"auto"}
   */
  readonly ranks?: number | "auto";
  /**
   * Whether native may run the machine code that it assembles, where the processor has AVX-512; without
   * it, TensorFlow's ops do the same, slower and up to rounding. Other engines have none.
   *
   * @default {true}
   */
  readonly machine?: boolean;
}

const nameSchema = z.strictObject({ name: z.enum(["auto", ...Object.keys(engines)]) });
const engineSchema = z.strictObject(
  {
    ranks: z.union([z.int().min(1), z.literal("auto")]).optional(),
    machine: z.boolean().optional(),
  } satisfies OptionFields<EngineOptions>,
);

/** What is asked for. */
type Asked = Required<EngineOptions>;

/** Backends that passed the self-test. */
const proven = new Set<string>();

/** The last choice. */
let current: { key: string; backend: string; info: EngineInfo } | undefined;

/** The threads of the last choice. */
let pool: ThreadPool | undefined;

async function start(name: EngineName, options: StartOptions): Promise<StartedEngine> {
  const started = await startEngine(name, options);
  const backend = tf.getBackend();
  if (!proven.has(backend)) {
    await selfTest();
    proven.add(backend);
  }
  return started;
}

/** The largest number of ranks that was measured to pay; more were not tried. */
const MOST_RANKS = 2;

/** Ranks that the engine can have here. */
function ranksOf(name: EngineName, asked: Asked["ranks"]): number {
  const areThreads = typeof SharedArrayBuffer === "function";
  if (asked === "auto") {
    // In Node they give the same numbers; whether they pay was not measured.
    const pays = "Deno" in globalThis && areThreads && (name === "native" || name === "wasm");
    return pays ? Math.min(MOST_RANKS, availableParallelism()) : 1;
  }
  return name === "webgpu" || !areThreads ? 1 : asked;
}

function usePool({ name, ranks, threads }: EngineInfo, { machine }: Asked): void {
  pool?.[Symbol.dispose]();
  pool = ranks > 1 ? threadPool({ engine: name, ranks, threads, machine }) : undefined;
  useEngineServices({ ...engineServices(), ranks: pool });
}

/** Threads of one kernel when ranks share the processors. */
function threadsOf(ranks: number): number {
  return Math.max(1, Math.floor(availableParallelism() / ranks));
}

async function useNamed(name: EngineName, asked: Asked): Promise<EngineInfo> {
  const engine = await engines[name]();
  const missing = await engine.unavailable();
  if (missing !== undefined) {
    throw new EspalierError(
      "ERR_ENGINE_UNAVAILABLE",
      `Cannot use the ${name} engine as it must be available: ${missing.reason}; ${missing.remedy}.`,
    );
  }
  const { machine } = asked;
  const possible = ranksOf(name, asked.ranks);
  const threads = possible > 1 ? threadsOf(possible) : undefined;
  const started = await start(name, { threads, machine });
  // Ranks would share the one GPU and gain nothing.
  const ranks = asked.ranks === "auto" && !started.readsCheaply ? 1 : possible;
  const device = ranks > 1 ? `${started.device} on each of ${ranks} ranks` : started.device;
  const faster = name === "native" ? "" : `; the native one, which ${INSTALL}, is faster`;
  const message = `Using the ${name} engine: ${device}${faster}.`;
  return { name, device, threads: started.threads, ranks, message };
}

/** The native engine, or a clause that says why it was not taken and what helps. */
async function nativeOrReason(asked: Asked): Promise<EngineInfo | string> {
  try {
    const missing = await (await engines.native()).unavailable();
    if (missing !== undefined) return `${missing.reason} (${missing.remedy})`;
    return await useNamed("native", asked);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  }
}

async function useFastest(asked: Asked): Promise<EngineInfo> {
  const native = await nativeOrReason(asked);
  if (typeof native !== "string") return native;
  const { message: _, ...info } = await useNamed("wasm", asked);
  const message = `Using the wasm engine: ${info.device}; not the native one, which is faster, ` +
    `as ${native}.`;
  return { ...info, message };
}

/**
 * Choose the engine that Espalier computes on, and check its gradients by a self-test.
 *
 * `"auto"` takes the native engine where it is installed, else wasm, which needs no
 * installation. `"webgpu"` and `"cpu"` are used only when asked for. A second call with
 * the same arguments does no work unless other code has set another backend.
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
 * @param options Number of ranks, and whether native may run machine code.
 * @returns What was chosen, with a sentence that says why.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` when the engine cannot be used here;
 * `ERR_ENGINE_SELF_TEST` with the value that is wrong; `ERR_ENGINE_FAILED` when it fails to start;
 * `ERR_CONFIG_INVALID` for an unknown name or invalid value.
 */
export async function useEngine(
  name: EngineName | "auto" = "auto",
  options: EngineOptions = {},
): Promise<EngineInfo> {
  checkOptions(nameSchema, { name }, { subject: "useEngine()" });
  checkOptions(engineSchema, options, { subject: "useEngine()" });
  const { ranks = "auto", machine = true } = options;
  const asked = { ranks, machine };
  const key = `${name}/${ranks}/${machine}`;
  if (current?.key === key && current.backend === tf.getBackend()) return current.info;
  const info = name === "auto" ? await useFastest(asked) : await useNamed(name, asked);
  usePool(info, asked);
  current = { key, backend: tf.getBackend(), info };
  return info;
}
