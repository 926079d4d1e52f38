/** What this package uses of bullmq, whose own types bring those of Node. */
import type { Redis } from "./ioredis.d.ts";

interface Connected {
  readonly connection: Redis;
}

interface Closable {
  on(event: "error", listener: (error: unknown) => void): unknown;
  close(): Promise<void>;
}

interface KeepJobs {
  /** Seconds. */
  readonly age: number;
}

export interface JobOptions {
  readonly jobId: string;
  readonly attempts: number;
  readonly removeOnComplete: KeepJobs;
  readonly removeOnFail: KeepJobs;
}

export interface Job<D = unknown> {
  readonly data: D;
  isFailed(): Promise<boolean>;
  remove(): Promise<void>;
  updateProgress(progress: object): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
  waitUntilFinished(events: QueueEvents): Promise<unknown>;
}

export interface Queue extends Closable {
  add(name: string, data: unknown, options: JobOptions): Promise<Job>;
  getJob(id: string): Promise<Job | undefined>;
  drain(): Promise<void>;
  setMaxListeners(count: number): unknown;
}
export const Queue: new (name: string, options: Connected) => Queue;

export interface QueueEvents extends Closable {
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(
    event: "progress",
    listener: (told: { readonly jobId: string; readonly data: unknown }) => void,
  ): unknown;
  setMaxListeners(count: number): unknown;
  waitUntilReady(): Promise<unknown>;
}
export const QueueEvents: new (name: string, options: Connected) => QueueEvents;

export interface WorkerOptions extends Connected {
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly drainDelay: number;
}
export type Worker = Closable;
export const Worker: new <D>(
  name: string,
  work: (job: Job<D>, token?: string) => Promise<unknown>,
  options: WorkerOptions,
) => Worker;

export class DelayedError extends Error {}
export class UnrecoverableError extends Error {}
