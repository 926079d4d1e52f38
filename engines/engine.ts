/**
 * The contract between the engine choice and one engine.
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
  /** What it computes on, for people, such as `"TensorFlow 2.21 (2 threads)"`. */
  readonly device: string;
  /** Threads that one kernel may use. */
  readonly threads: number;
  /** Ranks that share the batches of a network, the caller's thread included. */
  readonly ranks: number;
  /**
   * One sentence: what was chosen, why not the one before it, and the command
   * that installs a faster one.
   */
  readonly message: string;
}

/** How an engine starts. */
export interface StartOptions {
  /** Threads that one kernel may use, where the engine lets one choose. Absent: the engine's choice. */
  readonly threads?: number | undefined;
}

/** What started. */
export interface StartedEngine {
  /** What it computes on, for people. */
  readonly device: string;
  /** Threads that one kernel may use. */
  readonly threads: number;
  /** Whether small tensors are read to the host at no cost, as they are not on a GPU. */
  readonly readsCheaply: boolean;
  /** What trains networks without TensorFlow.js's tape, if the engine has it. */
  readonly executor?: ExecutorOps | undefined;
}

/**
 * One engine: a TensorFlow.js backend with all of its kernels put right.
 *
 * Both methods are called by {@linkcode useEngine}, `unavailable` first; either
 * may be called again and is then cheap.
 */
export interface Engine {
  /** Name of the engine. */
  readonly name: EngineName;
  /**
   * Say why the engine cannot be used here, without starting it.
   *
   * @returns A clause such as `"it is not installed"`; nothing when it can be used.
   */
  unavailable(): Promise<string | undefined>;
  /**
   * Make the engine the current backend, its kernels and gradients registered.
   *
   * @param options Its threads; an engine that runs already keeps those that it has.
   * @returns What it computes on, and with how many threads.
   * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` or `ERR_ENGINE_FAILED`.
   */
  start(options?: StartOptions): Promise<StartedEngine>;
}
