/**
 * A worker process of a study, seen from inside.
 *
 * @module
 */
import {
  type ArtifactStore,
  EspalierError,
  type JournalEvent,
  serializeError,
} from "@espalier/core";
import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { StudyCells } from "../axes/contract.ts";
import { placeOf } from "../plan/study_folder.ts";
import { messageLine, type WorkerMessage } from "./messages.ts";
import { type Job, runCell } from "./run_cell.ts";
import { studyOfWorker } from "./worker_process.ts";

/** Whether this process is a worker of the study in a folder. */
export const isWorkerOf = (directory: string | undefined): boolean =>
  directory !== undefined && studyOfWorker() === resolve(directory);

/** Whether this process is a worker of any study. */
export const isWorker = (): boolean => studyOfWorker() !== undefined;

const tell = (message: WorkerMessage): void => void process.stdout.write(messageLine(message));

/** What a worker works for. */
export interface ServeOptions<J extends Job> {
  /** Folder of the study. */
  readonly directory: string;
  /** Holds what phases made; absent: the folder does. */
  readonly store?: ArtifactStore | undefined;
  /** The study that a job belongs to. */
  readonly studyOf: (job: J) => StudyCells | Promise<StudyCells>;
  /** Stops the worker. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Do runs as they are asked for on standard input, until that ends: then save what is unfinished, and end
 * the process. Ctrl-C reaches all processes of a terminal: the study's own decides.
 */
export async function serve<J extends Job>(
  { directory, store: given, studyOf, signal }: ServeOptions<J>,
): Promise<never> {
  const stop = new AbortController();
  const abort = () =>
    stop.abort(new EspalierError("ERR_ABORTED", "Cannot go on as the study stops this worker."));
  process.on("SIGINT", () => {});
  process.on("SIGTERM", abort);
  process.stdout.on("error", abort); // Nobody reads it any more.
  signal?.addEventListener("abort", abort);
  const { store } = placeOf(directory, given);
  const onEvent = (event: JournalEvent) => tell({ type: "event", event });
  const lines = createInterface({ input: process.stdin });
  lines.on("close", abort);
  const jobs: J[] = [];
  let wake = () => {};
  lines.on("line", (line) => {
    jobs.push(JSON.parse(line));
    wake();
  });
  stop.signal.addEventListener("abort", () => wake());
  tell({ type: "ready" });
  while (!stop.signal.aborted) {
    const job = jobs.shift();
    if (job === undefined) {
      await new Promise<void>((resolve) => wake = resolve);
      continue;
    }
    try {
      await runCell(await studyOf(job), job, { directory, store, signal: stop.signal, onEvent });
      tell({ type: "done", rss: process.memoryUsage().rss });
    } catch (error) {
      if (stop.signal.aborted) break;
      tell({ type: "failed", error: serializeError(error) });
    }
  }
  return process.exit(0);
}
