/**
 * A process with one engine: reads turns, a line of JSON each, and answers with their times.
 *
 * @module
 */
import { type EngineName, type EngineOptions, useEngine } from "@espalier/engines";
import { linesOf } from "./conversation.ts";
import type { Job, RunningJob } from "./job.ts";
import type { Sample } from "./measure.ts";
import { peakMiB } from "./peak.ts";
import { startPlainTraining } from "./plain_training.ts";
import { startSearch } from "./search_training.ts";

/** What a worker says first. */
export interface Greeting {
  /** What it computes on. */
  readonly device: string;
}

/** So many steps of a job, which starts when it is first asked for. */
export interface Turn {
  /** The job. */
  readonly job: Job;
  /** Steps. */
  readonly steps: number;
}

/** Start what a job says. */
export function startJob(job: Job): RunningJob {
  return job.kind === "plain" ? startPlainTraining(job) : startSearch(job);
}

/** Do and time steps. */
export async function timeSteps(job: RunningJob, steps: number): Promise<Sample> {
  const ms: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await job.step();
    ms.push(performance.now() - start);
  }
  return { ms, peakMiB: peakMiB() };
}

function say(answer: object): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
}

async function main(engine: string, options: EngineOptions): Promise<void> {
  const { device } = await useEngine(engine as EngineName, options);
  say({ device } satisfies Greeting);
  const running = new Map<string, RunningJob>();
  for await (const line of linesOf(Deno.stdin.readable)) {
    const { job, steps }: Turn = JSON.parse(line);
    const key = JSON.stringify(job);
    const own = running.get(key) ?? startJob(job);
    running.set(key, own);
    say(await timeSteps(own, steps));
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args[0]!, JSON.parse(Deno.args[1]!));
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
}
