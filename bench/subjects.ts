import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Conversation } from "./conversation.ts";
import type { BenchEngine } from "./environment.ts";
import { imagesOf, type Job } from "./job.ts";
import type { Measurement, Sample, Subject } from "./measure.ts";
import { PEER_PROGRAM, type PeerGreeting, peerVariants } from "./peers/torch.ts";
import type { Greeting } from "./worker.ts";

/** A process with one engine. */
export interface EngineProcess {
  /** What it computes on. */
  readonly device: string;
  /** A job of it that can be timed. */
  subject(job: Job): Subject;
}

/** PyTorch in a process of its own. */
export interface PeerProcess {
  /** Version of PyTorch. */
  readonly version: string;
  /** Its plain training, a subject a memory layout and number of threads. */
  readonly subjects: readonly Subject[];
}

const WORKER = join(import.meta.dirname!, "worker.ts");

/**
 * Start a process with one engine.
 *
 * @param engine The engine.
 * @param options What ends the process, and how many ranks share a batch (default: one).
 * @returns The process.
 */
export async function startEngine(
  engine: BenchEngine,
  { owned, ranks = 1 }: { readonly owned: AsyncDisposableStack; readonly ranks?: number },
): Promise<EngineProcess> {
  const args = ["run", "-A", "--quiet", WORKER, engine, `${ranks}`];
  const process = owned.use(new Conversation(Deno.execPath(), args));
  const { device } = await process.hear<Greeting>();
  return {
    device,
    subject: (job) => ({
      name: `${nameOf(engine, ranks)} ${job.kind}`,
      measure: (steps) => process.ask<Sample>({ job, steps }),
    }),
  };
}

/**
 * Start PyTorch.
 *
 * @param python A Python that has it.
 * @param options Depth and batch, and what ends the process.
 * @returns The process.
 */
export async function startPeer(
  python: string,
  { depth, batch, owned }: Pick<Job, "depth" | "batch"> & {
    readonly owned: AsyncDisposableStack;
  },
): Promise<PeerProcess> {
  const args = ["-W", "ignore", PEER_PROGRAM, `${depth}`, `${batch}`];
  const process = owned.use(new Conversation(python, args));
  const { version } = await process.hear<PeerGreeting>();
  const subjects = peerVariants(availableParallelism()).map((variant) => ({
    name: `PyTorch ${variant.layout}, ${variant.threads} thread${variant.threads === 1 ? "" : "s"}`,
    measure: (steps: number) => process.ask<Sample>({ ...variant, steps }),
  }));
  return { version, subjects };
}

/** An engine and its ranks in words. */
export function nameOf(engine: BenchEngine, ranks: number): string {
  return ranks === 1 ? engine : `${engine}, ${ranks} ranks`;
}

/** Images a second of a measured job. */
export function imagesPerSecond(job: Job, { ms }: Measurement): number {
  return 1000 * imagesOf(job) / ms;
}
