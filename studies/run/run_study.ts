import {
  type ArtifactStore,
  checkOptions,
  type CoreEvent,
  EspalierError,
  instance,
  type OptionFields,
  type Run,
  withMethods,
} from "@espalier/core";
import {
  checkFolder,
  ownerText,
  prepareFolder,
  type RunBodyContext,
  startRun,
  tryLock,
} from "@espalier/core/run";
import { join } from "node:path";
import { NEVER } from "rxjs";
import * as z from "zod";
import type { Cell, StudyCells } from "../axes/contract.ts";
import { planAt, storeSchema, type StudyPlan } from "../plan/plan.ts";
import { measuresIn, placeOf, resultOf } from "../plan/study_folder.ts";
import { type CellOutcome, measured, type RunOutcome } from "../results/outcome.ts";
import { type StudyTable, tableOf } from "../results/table.ts";
import { writeResults } from "../results/write_results.ts";
import { drive, type Ending } from "./drive.ts";
import type { StudyEvent } from "./events.ts";
import { type Fleet, type Lane, ownLane, workerLanes } from "./lanes.ts";
import { processesThatFit } from "./machine.ts";
import { Measures } from "./measures.ts";
import { isWorker, isWorkerOf, serve } from "./serve.ts";
import { thisProgram } from "./worker_process.ts";

/** Settings of a study's run. */
export interface StudyRunOptions {
  /** Folder of the study: runs, artifacts of all of them, tables. Absent: nothing is written. */
  readonly directory?: string | undefined;
  /**
   * Holds what phases made.
   *
   * @default the folder `artifacts` of the directory, else memory
   */
  readonly store?: ArtifactStore | undefined;
  /**
   * Worker processes: this program, started again with the same arguments, each with its own engine. 0:
   * this process does the runs one after the other.
   *
   * @default as many as the processors are enough for with the threads of the engine in use; 0 without a
   * directory, and where the program cannot be started again or may not start others
   */
  readonly workers?: number | undefined;
  /**
   * Workers on other machines, in place of processes on this one. They share the directory.
   *
   * @default none
   */
  readonly fleet?: Fleet | undefined;
  /** Stops the study; what is unfinished is saved. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a study comes to.
 *
 * @typeParam C The cells.
 */
export interface StudyResult<C extends Cell = Cell> {
  /** The cells compared. */
  readonly table: StudyTable;
  /** All runs, by cell. */
  readonly cells: readonly CellOutcome<C>[];
}

/** A study that has started. */
export type StudyRun<C extends Cell = Cell> = Run<CoreEvent | StudyEvent, StudyResult<C>>;

const runSchema = z.strictObject(
  {
    directory: z.string().optional(),
    store: storeSchema.optional(),
    workers: z.int().min(0).optional(),
    fleet: withMethods<Fleet>("fleet", "open").optional(),
    signal: instance<AbortSignal>("AbortSignal", (value) => value instanceof AbortSignal)
      .optional(),
  } satisfies OptionFields<StudyRunOptions>,
);

/** What every cell came to. */
function outcomesOf<C extends Cell>(
  study: StudyCells<C>,
  { runs, phases: nodes }: StudyPlan<C>,
  { endings, measures }: {
    readonly endings: ReadonlyMap<number, Ending>;
    readonly measures: Measures;
  },
): readonly CellOutcome<C>[] {
  const shared = new Set(nodes.filter(({ runs }) => runs.length > 1).map(({ key }) => key));
  return study.cells.map((cell) => ({
    cell,
    runs: runs.flatMap((run, place): RunOutcome[] => {
      const ending = endings.get(place);
      if (run.cell !== cell || ending === undefined) return [];
      const phases = run.phases.map(({ name, key }) => {
        const measure = key === undefined ? undefined : measures.of(key);
        return {
          phase: name,
          ...measure?.done && { ms: measure.ms },
          shared: shared.has(key),
          epochs: measure?.epochs ?? [],
        };
      });
      const { seed } = run;
      if ("error" in ending) return [{ seed, error: ending.error, phases }];
      return [{ seed, ...measured(ending.made, study.variant(cell)), phases }];
    }),
  }));
}

/** Take the folder for this process. */
async function lockFolder(directory: string): Promise<Disposable> {
  await prepareFolder(directory);
  const path = join(directory, "study.lock");
  const lock = await tryLock(path);
  if (lock !== undefined) return { [Symbol.dispose]: lock.release };
  throw new EspalierError(
    "ERR_RUN_BUSY",
    `Cannot run a study in "${directory}" as one process at a time may have its folder: ` +
      `${await ownerText(path)} has it. End that one, or choose another folder.`,
  );
}

/** How many worker processes there are. */
function workersOf({ directory, workers }: StudyRunOptions): number {
  const canStart = directory !== undefined && thisProgram() !== undefined && !isWorker();
  return workers ?? (canStart ? processesThatFit() : 0);
}

async function work<C extends Cell>(
  study: StudyCells<C>,
  options: StudyRunOptions,
  { signal, emit, record }: RunBodyContext,
): Promise<StudyResult<C>> {
  const { directory, store } = options;
  const tell = (event: StudyEvent) => emit(event);
  const place = placeOf(directory, store);
  using _lock = directory === undefined ? undefined : await lockFolder(directory);
  // All of a study's work is in its folder: a stopped one goes on.
  if (directory !== undefined) record({ write: () => {}, close: () => {} });
  const measures = directory === undefined ? new Measures() : await measuresIn(directory);
  const plan = await planAt(study, place, measures);
  const { runs, phases } = plan;
  const endings = new Map<number, Ending>();
  if (directory !== undefined) {
    for (const [i, run] of runs.entries()) {
      const made = await resultOf(directory, run);
      if (made !== undefined) endings.set(i, { made });
    }
  }
  const over = [...endings.keys()];
  const workers = workersOf(options);
  const { fleet } = options;
  await using opened = await fleet?.open({ study, directory: directory!, signal });
  const lanes: readonly Lane[] = opened?.lanes ??
    (workers === 0
      ? [ownLane(study, { ...place, signal })]
      : workerLanes(directory!, Math.min(workers, Math.max(1, runs.length - over.length))));
  const there = phases.filter(({ there }) => there);
  tell({
    type: "study/start",
    runs: runs.length,
    over: over.length,
    phases: phases.length,
    there: there.length,
    workers: opened === undefined && workers === 0 ? 0 : lanes.length,
  });
  await drive({
    runs,
    there: there.flatMap(({ key }) => key ?? []),
    over,
    lanes,
    signal,
    emit: tell,
    onEvent(run, event) {
      measures.add(run.folder, event);
      tell({ type: "study/event", cell: run.cell, seed: run.seed, event });
    },
    onEnding: (run, ending) => void endings.set(run, ending),
  });
  signal.throwIfAborted();
  const cells = outcomesOf(study, plan, { endings, measures });
  const result = { table: tableOf(study, cells), cells };
  if (directory !== undefined) await writeResults(directory, result);
  return result;
}

/** Start a study, or work for one that another process runs. */
export function runStudy<C extends Cell>(
  study: StudyCells<C>,
  options: StudyRunOptions,
): StudyRun<C> {
  checkOptions(runSchema, options, { subject: "a study's run" });
  const { directory, store, workers = 0, fleet, signal = new AbortController().signal } = options;
  if (directory !== undefined) checkFolder(directory);
  if (isWorkerOf(directory)) {
    serve({ studyOf: () => study, directory: directory!, store, signal });
    return { id: "", events$: NEVER, result: new Promise(() => {}) };
  }
  if (fleet !== undefined && directory === undefined) {
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      "Cannot run a study on other machines as they share its folder: no directory is given. Give one.",
    );
  }
  if (workers > 0 && (directory === undefined || thisProgram() === undefined)) {
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot run a study on ${workers} workers as they share a folder and are started from this ` +
        `program's file: ${
          directory === undefined ? "no directory is given" : "it has none, or may not start others"
        }. ${
          directory === undefined ? "Give one" : "Run it as a program with --allow-all"
        }, or take ` +
        "workers: 0.",
    );
  }
  return startRun((context) => work(study, options, context), { signal });
}
