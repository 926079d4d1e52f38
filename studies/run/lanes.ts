/**
 * Who does the runs of a study: this process, or worker processes.
 *
 * @module
 */
import type { JournalEvent } from "@espalier/core";
import { join } from "node:path";
import process from "node:process";
import type { StudyCells } from "../axes/contract.ts";
import type { PlannedCellRun } from "../plan/planned_runs.ts";
import { resultMade, type StudyPlace } from "../plan/study_folder.ts";
import { freeMemory } from "./machine.ts";
import { runCell } from "./run_cell.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Does one run at a time. */
export interface Lane {
  /** Bytes that are missing for it to begin; absent: none. */
  shortOf?(): { readonly neededBytes: number; readonly freeBytes: number } | undefined;
  /**
   * Do a run.
   *
   * @returns What its phases made.
   * @throws {WorkerLost} If the worker died; what the run rejected with.
   */
  run(run: PlannedCellRun, onEvent: (event: JournalEvent) => void): Promise<object>;
  /** Save what is unfinished, and end. */
  stop(): Promise<void>;
}

/** What lanes of a fleet work for. */
export interface FleetContext {
  /** The study. */
  readonly study: StudyCells;
  /** Its folder. */
  readonly directory: string;
  /** Stops the study. */
  readonly signal: AbortSignal;
}

/** Workers elsewhere, which reach the study's folder. */
export interface Fleet {
  /** Begin with a study. */
  open(context: FleetContext): Promise<OpenFleet>;
}

/** Workers that work for a study. */
export interface OpenFleet extends AsyncDisposable {
  /** As many runs as there may be at once. */
  readonly lanes: readonly Lane[];
}

/** This process as a lane. */
export function ownLane(
  study: StudyCells,
  { directory, store, signal }: StudyPlace & { readonly signal: AbortSignal },
): Lane {
  return {
    run: (run, onEvent) => runCell(study, run, { directory, store, signal, onEvent }),
    stop: () => Promise.resolve(),
  };
}

/** Worker processes as lanes. They write what is no message into files of the study's folder. */
export function workerLanes(directory: string, count: number): readonly Lane[] {
  const workers = Array.from(
    { length: count },
    (_, i) => new WorkerProcess(directory, join(directory, `worker-${i + 1}.log`)),
  );
  // A worker loads what this program has loaded, and then needs what it was seen to need.
  let largest = process.memoryUsage().rss;
  return workers.map((worker): Lane => ({
    shortOf() {
      const freeBytes = freeMemory();
      const isFirst = workers.every(({ isAlive }) => !isAlive);
      if (worker.isAlive || isFirst || freeBytes >= largest) return undefined;
      return { neededBytes: largest, freeBytes };
    },
    async run(run, onEvent) {
      largest = Math.max(largest, await worker.run(run, onEvent));
      return await resultMade(directory, run);
    },
    stop: () => worker.stop(),
  }));
}
