import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Conversation } from "./conversation.ts";
import { nameOf, type Setting } from "./environment.ts";
import { imagesOf, type Job } from "./job.ts";
import type { Measurement, Sample, Subject } from "./measure.ts";
import { LAYOUTS, PEER_PROGRAM, type PeerGreeting, peerVariants } from "./peers/torch.ts";
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
 * @param setting The engine, and how it runs.
 * @param owned What ends the process.
 * @returns The process.
 */
export async function startEngine(
  setting: Setting,
  owned: AsyncDisposableStack,
): Promise<EngineProcess> {
  const { engine, ...options } = setting;
  const args = ["run", "-A", "--quiet", WORKER, engine, JSON.stringify(options)];
  const process = owned.use(new Conversation(Deno.execPath(), args));
  const { device } = await process.hear<Greeting>();
  return {
    device,
    subject: (job) => ({
      name: `${nameOf(setting)} ${job.kind}`,
      measure: (steps) => process.ask<Sample>({ job, steps }),
    }),
  };
}

/**
 * Start PyTorch, a process for each memory layout, so that a memory peak is that of its layout.
 *
 * @param python A Python that has it.
 * @param options Network and batch, and what ends the processes.
 * @returns The processes.
 */
export async function startPeer(
  python: string,
  { network, size, batch, owned }: Pick<Job, "network" | "size" | "batch"> & {
    readonly owned: AsyncDisposableStack;
  },
): Promise<PeerProcess> {
  const args = ["-W", "ignore", PEER_PROGRAM, network, `${size}`, `${batch}`];
  const processes = new Map(
    LAYOUTS.map((layout) => [layout, owned.use(new Conversation(python, args))] as const),
  );
  let version = "";
  for (const process of processes.values()) ({ version } = await process.hear<PeerGreeting>());
  const subjects = peerVariants(availableParallelism()).map((variant) => ({
    name: `PyTorch ${variant.layout}, ${variant.threads} thread${variant.threads === 1 ? "" : "s"}`,
    measure: (steps: number) => processes.get(variant.layout)!.ask<Sample>({ ...variant, steps }),
  }));
  return { version, subjects };
}

/** Images a second of a measured job. */
export function imagesPerSecond(job: Job, { ms }: Measurement): number {
  return 1000 * imagesOf(job) / ms;
}
