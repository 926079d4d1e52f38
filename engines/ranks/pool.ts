/**
 * Ranks on threads of this process.
 *
 * How to think about it: a rank is a thread that computes its share of every batch. The first rank
 * is the caller's thread, which alone holds the weights, the moving statistics and the optimizer.
 * The other ranks follow it: they receive the weights, run the same pass on their own images, and
 * contribute their sums and gradients through shared memory. This folder starts and ends the
 * threads; what they say to each other is in `ranks/` of `@espalier/supernet`.
 *
 * @module
 */
import type { RankMessage, RankPlace, RankPool, RankTeam } from "@espalier/supernet/engine";
import { Worker } from "node:worker_threads";
import type { EngineName } from "../engine.ts";
import { createFailure, readFailure, writeFailure } from "./failure.ts";

/** What a thread receives when it starts. */
export interface RankStart extends RankPlace {
  /** The engine. */
  readonly engine: EngineName;
  /** Threads that one of its kernels may use. */
  readonly threads: number;
  /** Whether it may run machine code. */
  readonly machine: boolean;
  /** Where it writes why it failed. */
  readonly failure: SharedArrayBuffer;
}

/** Options of {@linkcode threadPool}. */
export interface RankPoolOptions {
  /** Number of ranks, the first included. */
  readonly ranks: number;
  /** The engine of each. */
  readonly engine: EngineName;
  /** Threads that one kernel of one rank may use. */
  readonly threads: number;
  /**
   * Whether each may run machine code, where the engine has any.
   *
   * @default {true}
   */
  readonly machine?: boolean;
  /**
   * Multiply-adds that a rank must have to do between two sums over the batch. Two ranks broke even
   * near 12 million, by ResNets on CIFAR's images at batches of 4 to 128.
   *
   * @default {16_000_000}
   */
  readonly minimumWork?: number;
  /**
   * How long to wait for a rank that does not answer, in milliseconds.
   *
   * @default {60_000}
   */
  readonly patience?: number;
}

/** A pool of threads. */
export interface ThreadPool extends RankPool, Disposable {}

/**
 * Make a pool. Its threads start with the first shared pass. They do not keep the process alive.
 *
 * @param options Number of ranks, and their engine.
 * @returns The pool; disposing ends its threads.
 */
export function threadPool(options: RankPoolOptions): ThreadPool {
  const { ranks, minimumWork = 16_000_000, patience = 60_000 } = options;
  let team: RankTeam | undefined;
  const end = () => {
    team?.end();
    team = undefined;
  };
  return {
    ...{ size: ranks, minimumWork, patience },
    team() {
      if (team === undefined || team.failure() !== undefined) {
        end();
        team = startTeam(options);
      }
      return team;
    },
    [Symbol.dispose]: end,
  };
}

function startTeam({ ranks, engine, threads, machine = true }: RankPoolOptions): RankTeam {
  const failure = createFailure();
  const workers = Array.from({ length: ranks - 1 }, (_, i) => {
    const workerData: RankStart = { rank: i + 1, ranks, engine, threads, machine, failure };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
    worker.on("error", (error) => writeFailure(failure, error));
    worker.on("exit", () => writeFailure(failure, "a rank ended"));
    worker.unref();
    return worker;
  });
  return {
    post: (message: RankMessage) => workers.forEach((worker) => worker.postMessage(message)),
    failure: () => readFailure(failure),
    end() {
      writeFailure(failure, "its ranks were ended");
      for (const worker of workers) void worker.terminate();
    },
  };
}
