import {
  type ArtifactStore,
  type EspalierError,
  type JournalEvent,
  serializeError,
} from "@espalier/core";
import { type Registry, studyFromData } from "@espalier/studies";
import { isWorkerOf, readLeft, serve, WorkerLost, WorkerProcess } from "@espalier/studies/fleet";
// @ts-types="./bullmq.d.ts"
import { DelayedError, type Job, UnrecoverableError, Worker } from "bullmq";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { connect } from "./connection.ts";
import type { Failure, QueuedResult, QueuedRun, RedisOptions } from "./contract.ts";

/** How a machine works for studies. */
export interface WorkOptions extends RedisOptions {
  /** The study's folder, as this machine sees it; with a store elsewhere, any folder of its own. */
  readonly directory: string;
  /**
   * Holds what phases made; all machines and the study have the same.
   *
   * @default the folder `artifacts` of the directory
   */
  readonly store?: ArtifactStore | undefined;
  /** What names in the study stand for. */
  readonly registry: Registry;
  /** Ends the work, after unfinished work was saved. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long a machine may be silent until its run is given to another one, in milliseconds.
   *
   * @default {30000}
   */
  readonly lockMs?: number | undefined;
  /** Called with a line about what is done. */
  readonly tell?: (line: string) => void;
}

/** How long a run that was refused waits for other machines, in milliseconds. */
const ELSEWHERE = 1000;

/** Whether an event is worth a message: steps are not. */
const isTold = (event: JournalEvent): boolean => !event.type.endsWith(":step");

const failed = (failure: Failure): UnrecoverableError =>
  new UnrecoverableError(JSON.stringify(failure));

/** The process that computes: this program, started again. It makes each study once. */
function serveQueue({ directory, store, registry, signal }: WorkOptions): Promise<never> {
  const studies = new Map<string, ReturnType<typeof studyFromData>>();
  return serve<QueuedRun>({
    directory,
    store,
    signal,
    studyOf({ study }) {
      const text = JSON.stringify(study);
      const made = studies.get(text) ?? studyFromData(study, { registry });
      studies.set(text, made);
      return made;
    },
  });
}

/**
 * Work for the studies of a queue until the signal ends it. The runs are computed by a process of their
 * own, which is this program, started again with the same arguments; so this one keeps its word to the
 * queue however long a step takes.
 *
 * A machine that would compute something else than the study planned, as on another engine, with other
 * threads, ranks or versions, puts its run back and ends by ERR_STUDY_WORKER, which says so.
 *
 * @param options Queue, folder and registry.
 * @throws {EspalierError} ERR_STUDY_WORKER as above, or where Redis cannot be reached.
 */
export async function workOnQueue(options: WorkOptions): Promise<void> {
  const { queue, directory, signal, lockMs = 30_000, tell = () => {} } = options;
  if (isWorkerOf(directory)) return await serveQueue(options);
  const connection = await connect(options);
  const name = `${hostname()}-${process.pid}`;
  const child = new WorkerProcess(directory, join(directory, `worker-${name}.log`));
  const end = Promise.withResolvers<void>();

  async function compute(job: Job<QueuedRun>, token?: string): Promise<QueuedResult> {
    const { folder } = job.data;
    tell(`${folder}: begins`);
    try {
      await child.run(job.data, (event) => {
        if (isTold(event)) job.updateProgress(event).catch(() => {}); // The run goes on without.
      });
      tell(`${folder}: done`);
      return { left: (await readLeft(directory, folder))! } satisfies QueuedResult;
    } catch (error) {
      if (signal?.aborted || (error as Partial<EspalierError>).code === "ERR_STUDY_WORKER") {
        if (!signal?.aborted) end.reject(error);
        await job.moveToDelayed(Date.now() + ELSEWHERE, token);
        throw new DelayedError();
      }
      tell(`${folder}: ${(error as Error).message}`);
      if (error instanceof WorkerLost) throw failed({ lost: `${name}: ${error.message}` });
      throw failed({ error: serializeError(error) });
    }
  }

  const worker = new Worker<QueuedRun>(queue, compute, {
    connection,
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    drainDelay: 1,
  });
  worker.on("error", () => {}); // It connects again.
  signal?.addEventListener("abort", () => end.resolve());
  if (signal?.aborted) end.resolve();
  try {
    await end.promise;
  } finally {
    await child.stop();
    await worker.close();
    connection.disconnect();
  }
}
