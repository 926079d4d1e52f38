/**
 * The contract between the choice of an engine and one engine.
 *
 * How to think about it: an engine is a TensorFlow.js backend whose kernels are complete and
 * correct for training. It may also offer an executor, which trains networks without
 * TensorFlow.js's tape. The rest of Espalier calls TensorFlow.js and the executor, and does not
 * depend on which engine that is. A new engine has to pass the self-test and, if it has an
 * executor, `executorConformance`.
 *
 * @module
 */

import type { ExecutorOps } from "@espalier/supernet/engine";

/** Name of a TensorFlow.js backend that Espalier can compute on. */
export type EngineName = "native" | "wasm" | "webgpu" | "cpu";

/** What {@linkcode useEngine} chose. */
export interface EngineInfo {
  /** The engine in use. */
  readonly name: EngineName;
  /** Description of what it computes on, such as `"TensorFlow 2.21 (2 threads)"`. */
  readonly device: string;
  /** Threads that one kernel may use. */
  readonly threads: number;
  /** Ranks that share the batches of a network, the caller's thread included. */
  readonly ranks: number;
  /**
   * One sentence: what was chosen, why a faster engine was not, and the command that installs it.
   */
  readonly message: string;
}

/** How an engine starts. */
export interface StartOptions {
  /** Threads that one kernel may use, where the engine lets one choose. Absent: the engine's choice. */
  readonly threads?: number | undefined;
  /**
   * Whether machine code of our own may run, where the engine has any.
   *
   * @default {true}
   */
  readonly machine?: boolean;
}

/** Why an engine cannot be used here, and what helps: two clauses without a full stop. */
export interface Unavailable {
  /** Such as `it is not installed`. */
  readonly reason: string;
  /** Such as `` `deno task native` installs it ``. */
  readonly remedy: string;
}

/** What an engine reports once it runs. */
export interface StartedEngine {
  /** Description of what it computes on. */
  readonly device: string;
  /** Threads that one kernel may use. */
  readonly threads: number;
  /** Whether reading a small tensor to the host is cheap, which it is not on a GPU. */
  readonly readsCheaply: boolean;
  /**
   * How the engine runs, where that changes results in their last bits, as in
   * `without machine code`; absent where it runs as it usually does.
   */
  readonly variant?: string | undefined;
  /** What trains networks without TensorFlow.js's tape, if the engine has it. */
  readonly executor?: ExecutorOps | undefined;
}

/**
 * One engine: a TensorFlow.js backend with its kernels corrected and completed.
 *
 * {@linkcode useEngine} calls both methods, `unavailable` first. Further calls are cheap.
 */
export interface Engine {
  /** Name of the engine. */
  readonly name: EngineName;
  /**
   * Say why the engine cannot be used here, without starting it.
   *
   * @returns The reason and a remedy; undefined when it can be used.
   */
  unavailable(): Promise<Unavailable | undefined>;
  /**
   * Register the engine's kernels and gradients and make it the current backend.
   *
   * @param options Its threads, of which an engine that runs already keeps those that it has; and
   * whether machine code may run, which each call says anew.
   * @returns What it computes on, and with how many threads.
   * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` or `ERR_ENGINE_FAILED`.
   */
  start(options?: StartOptions): Promise<StartedEngine>;
}
