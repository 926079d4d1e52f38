/**
 * One run that is broken, and then started until it is done.
 *
 * @module
 */
import type { RandomStream } from "@espalier/core";
import { type Child, type End, start } from "./child.ts";
import { differences, type Outcome, outcomeOf, workLost } from "./outcome.ts";
import type { ShortRun } from "./short_run.ts";

/** What faults are tried on. */
export interface Bench {
  /** Scratch folder. */
  readonly folder: string;
  readonly run: Pick<ShortRun, "engine" | "ranks">;
  readonly random: RandomStream;
  /** How often one run is killed at most. */
  readonly most: number;
  /** Of the run that nothing broke. */
  readonly reference: {
    readonly outcome: Outcome;
    /** Of its work, in milliseconds. */
    readonly workMs: number;
    /** File operations, and writes among them; undefined without a shim. */
    readonly operations: { readonly all: number; readonly writes: number } | undefined;
  };
  /** The library that breaks file operations; undefined without a C compiler. */
  readonly shim: string | undefined;
}

/** What came of a trial. */
export interface TrialResult {
  /** How often it was broken. */
  readonly broken: number;
  /** Whether it came to its end. */
  readonly survived: boolean;
  /** What differs from the run that nothing broke. */
  readonly differing: readonly string[];
  /** Work that each kill took, in milliseconds. */
  readonly lost: readonly number[];
  /** What went wrong. */
  readonly remarks: readonly string[];
}

/** Codes that a broken disk may have. */
const DISK_CODES = ["ERR_DISK_FULL", "ERR_FILE_FAILED"];

/** Starts without a fault after which a run counts as dead. */
const PATIENCE = 3;

/** A run in a folder of its own. */
export class Trial {
  readonly directory: string;
  readonly lost: number[] = [];
  readonly remarks: string[] = [];
  broken = 0;

  constructor(readonly bench: Bench) {
    this.directory = `${bench.folder}/${crypto.randomUUID()}/run`;
  }

  /** Start it; `env` and `more` break it. */
  start(more: Partial<ShortRun> = {}, env: Readonly<Record<string, string>> = {}): Child {
    return start({ directory: this.directory, ...this.bench.run, ...more }, env);
  }

  /** Start it with a file operation that breaks. */
  startBreaking(kind: string, at: number): Child {
    return this.start({}, {
      LD_PRELOAD: this.bench.shim!,
      FAULT_FOLDER: `${this.directory.replace(/run$/, "")}`,
      FAULT_KIND: kind,
      FAULT_AT: String(at),
    });
  }

  /** Note how a broken process ended; true if its run is done nevertheless. */
  async note(end: End, { measured = true, codes = DISK_CODES } = {}): Promise<boolean> {
    if (end.killed) {
      this.broken++;
      if (measured) this.lost.push(await workLost(this.directory));
      return false;
    }
    if (end.code === null) return true;
    if (end.code === undefined || !codes.includes(end.code)) {
      this.remarks.push(`${end.code}: ${end.errors}`);
    }
    return false;
  }

  /** Start it without a fault until it is done, and compare it. */
  async finish(more: Partial<ShortRun> = {}): Promise<TrialResult> {
    const { broken, lost, remarks, directory } = this;
    for (let i = 0; i < PATIENCE; i++) {
      const { code, errors } = await this.start(more).end;
      if (code === null) {
        const differing = differences(await outcomeOf(directory), this.bench.reference.outcome);
        return { broken, survived: true, differing, lost, remarks };
      }
      remarks.push(`did not go on: ${code}: ${errors}`);
    }
    return { broken, survived: false, differing: ["all"], lost, remarks };
  }
}

/** Wait a random part of the time that the whole work takes, at most `part` of it. */
export async function aWhile({ random, reference }: Bench, part: number): Promise<void> {
  const ms = random.next() * part * reference.workMs;
  await new Promise((resolve) => setTimeout(resolve, ms));
}
