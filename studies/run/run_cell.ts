import type { ArtifactStore, JournalEvent } from "@espalier/core";
import { EspalierError } from "@espalier/core";
import { chooseEngine, type PlannedCellRun } from "../plan/planned_runs.ts";
import { createPruner } from "@espalier/pruning";
import { cellName, type StudyCells } from "../axes/contract.ts";
import { join } from "node:path";

/** A run of a study that is to be done. */
export type Job = Pick<PlannedCellRun, "cell" | "seed" | "digest" | "folder">;

/** Where it is done. */
export interface CellRunOptions {
  /** Folder of the study; absent: in memory. */
  readonly directory?: string | undefined;
  readonly store: ArtifactStore;
  readonly signal: AbortSignal;
  /** Gets every event of the run. */
  readonly onEvent: (event: JournalEvent) => void;
}

function otherProgram({ cell }: Job, engines: string): EspalierError {
  return new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot work for a study as a worker must compute what the study planned: cell ` +
      `"${
        cellName(cell)
      }" is another one here${engines}. Let the program create the study from its ` +
      `arguments and files alone, and choose the engine by name.`,
  );
}

/**
 * Do a run of a study.
 *
 * @returns What its phases made.
 * @throws {EspalierError} ERR_STUDY_WORKER if it is configured otherwise here; what the run rejects with.
 */
export async function runCell(
  study: StudyCells,
  job: Job,
  { directory, store, signal, onEvent }: CellRunOptions,
): Promise<object> {
  const found = study.cells.find((cell) => cellName(cell) === cellName(job.cell));
  if (found === undefined) throw otherProgram(job, "");
  const { engine, cell: _, ...config } = study.variant(found);
  await chooseEngine(engine);
  await using pruner = createPruner(config);
  const { seed, folder } = job;
  const here = await pruner.plan({ seed });
  if (here.digest !== job.digest) throw otherProgram(job, `, on ${here.engine}`);
  const run = pruner.run({
    seed,
    store,
    signal,
    // Of a process that has just died.
    wait: true,
    ...directory !== undefined && { directory: join(directory, folder) },
  });
  run.events$.subscribe((event) => onEvent(event));
  return await run.result;
}
