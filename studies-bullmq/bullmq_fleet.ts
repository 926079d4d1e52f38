import type { CoreEvent, JournalEvent } from "@espalier/core";
import type { StudyData } from "@espalier/studies";
import {
  errorOf,
  type Fleet,
  type FleetContext,
  type Lane,
  type OpenFleet,
  resultMade,
  WorkerLost,
  writeLeft,
} from "@espalier/studies/fleet";
// @ts-types="./bullmq.d.ts"
import { Queue, QueueEvents } from "bullmq";
import { connect } from "./connection.ts";
import type { Failure, QueuedResult, QueuedRun, RedisOptions } from "./contract.ts";

/** How a study uses a queue. */
export interface BullmqFleetOptions extends RedisOptions {
  /** The study as data, as `readStudy` reads it; paths in it count from a worker's current folder. */
  readonly study: StudyData;
  /**
   * Runs in the queue at once. More than there are workers let none of them wait.
   *
   * @default {64}
   */
  readonly jobs?: number | undefined;
}

/** What the queue remembers of a run that is over, in seconds. */
const REMEMBERED = 3600;

/** An error of a run, or of its worker. */
function failureOf(reason: string): Error {
  let failure: Failure;
  try {
    failure = JSON.parse(reason);
  } catch {
    return new WorkerLost(reason); // BullMQ's own: its worker did not renew the lock.
  }
  const { error, lost } = failure;
  return error === undefined ? new WorkerLost(lost) : errorOf(error);
}

/** A job that failed is tried anew; one that is at work, or done, is taken as it is. */
async function forget(queue: Queue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job !== undefined && await job.isFailed()) await job.remove();
}

/** Listens to what workers tell of their runs. */
type Listeners = Map<string, (event: JournalEvent) => void>;

interface Opened {
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly listeners: Listeners;
}

/** One run at a time in the queue. */
function laneOf(
  { queue, events, listeners }: Opened,
  context: FleetContext & {
    readonly data: StudyData;
  },
): Lane {
  const { directory, data, signal } = context;
  const stopped = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
  stopped.catch(() => {});
  return {
    async run(run, onEvent) {
      const { cell, seed, digest, folder } = run;
      listeners.set(folder, onEvent);
      try {
        await forget(queue, folder);
        const queued: QueuedRun = { cell, seed, digest, folder, study: data };
        const kept = { age: REMEMBERED };
        const job = await queue.add("run", queued, {
          jobId: folder,
          attempts: 1,
          removeOnComplete: kept,
          removeOnFail: kept,
        });
        const done = await Promise.race([job.waitUntilFinished(events), stopped]) as QueuedResult;
        await writeLeft(directory, folder, done.left);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw failureOf((error as Error).message);
      } finally {
        listeners.delete(folder);
      }
      return await resultMade(directory, run);
    },
    stop: () => Promise.resolve(),
  };
}

async function open(
  { study, jobs = 64, queue: name, redis }: BullmqFleetOptions,
  context: FleetContext,
): Promise<OpenFleet> {
  const connections = [await connect({ redis }), await connect({ redis })] as const;
  const queue = new Queue(name, { connection: connections[0] });
  const events = new QueueEvents(name, { connection: connections[1] });
  queue.on("error", () => {}); // It connects again.
  events.on("error", () => {});
  await events.waitUntilReady();
  const listeners: Listeners = new Map();
  events.on("progress", ({ jobId, data }) => {
    const event = data as CoreEvent;
    if (typeof event === "object") listeners.get(jobId)?.(event);
  });
  for (const emitter of [queue, events]) emitter.setMaxListeners(0); // Each job listens.
  const opened = { queue, events, listeners };
  return {
    lanes: Array.from({ length: jobs }, () => laneOf(opened, { ...context, data: study })),
    async [Symbol.asyncDispose]() {
      // What nobody has begun is not begun: the next start asks for it again.
      if (context.signal.aborted) await queue.drain();
      await events.close();
      await queue.close();
      connections.forEach((connection) => connection.disconnect());
    },
  };
}

/**
 * Workers on other machines, by a queue of BullMQ on Redis. Each runs `espalier worker`, or
 * {@linkcode workOnQueue}, with the study's folder under a path of its own.
 *
 * A job is a run of the study, known by its folder's name; as many are in the queue as may be at work
 * without waiting for one another. A program that is started again finds those that are at work.
 *
 * @example A study on many machines
 * ```ts ignore
 * import { bullmqFleet } from "@espalier/study-bullmq";
 *
 * const fleet = bullmqFleet({ redis: "redis://:secret@queue.lan:6379", queue: "widths", study: data });
 * const { table } = await study.run({ directory: "/mnt/studies/widths", fleet }).result;
 * ```
 *
 * @param options Where Redis is, name of the queue, the study as data.
 * @returns The fleet. A study's run rejects with ERR_STUDY_WORKER where Redis cannot be reached.
 */
export function bullmqFleet(options: BullmqFleetOptions): Fleet {
  return { open: (context) => open(options, context) };
}
