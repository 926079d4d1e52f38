import type { ExecutorOps } from "./executor/ops.ts";
import type { RankPool } from "./ranks/rank_pool.ts";

/** What the engine in use brings besides TensorFlow.js's kernels. */
export interface EngineServices {
  /**
   * Whether small tensors are read to the host at no cost, as on wasm and on TensorFlow without a GPU.
   * Moving averages and the step of SGD are then computed on the host.
   */
  readonly readsCheaply: boolean;
  /** Passes that run networks without a tape; absent: TensorFlow.js's tape runs them. */
  readonly executor?: ExecutorOps | undefined;
  /**
   * How the engine runs, where that changes results in their last bits, as in `without machine code`.
   * Part of the keys under which results are stored.
   */
  readonly variant?: string | undefined;
  /** Ranks that share the batches of all networks; absent: one rank. */
  readonly ranks?: RankPool | undefined;
}

let current: EngineServices = { readsCheaply: false };

/**
 * Compute with the services of an engine from now on. An engine that is chosen calls it.
 *
 * @param services What it brings; it replaces what was there.
 */
export function useEngineServices(services: EngineServices): void {
  current = services;
}

/** The services of the engine in use; before one is chosen, those of a plain backend. */
export function engineServices(): EngineServices {
  return current;
}
