import { availableParallelism, loadavg } from "node:os";
import { nativeEngine } from "@espalier/engines/native";
import { machinePassesAvailable } from "../engines/machine/mod.ts";
import { type BenchOptions, ENGINES } from "./options.ts";

/** Name of an engine that trains. */
export type BenchEngine = typeof ENGINES[number];

/** The engines to time: the one asked for, else all that are here, the fastest first. */
export async function enginesOf({ engine }: BenchOptions): Promise<readonly BenchEngine[]> {
  if (engine !== undefined) return [engine];
  const hasNative = await nativeEngine.unavailable() === undefined;
  return ENGINES.filter((name) => name !== "native" || hasNative);
}

/** How an engine runs. */
export interface Setting {
  /** The engine. */
  readonly engine: BenchEngine;
  /** Threads that share each batch. */
  readonly ranks: number;
  /** False: without native's machine code. */
  readonly machine?: false;
}

/** Engines with one rank and with two; native also without machine code, where it has any here. */
export function settingsOf(engines: readonly BenchEngine[]): Setting[] {
  return engines.flatMap((engine) => {
    const hasMachine = engine === "native" && machinePassesAvailable();
    const modes = hasMachine ? [{}, { machine: false as const }] : [{}];
    return modes.flatMap((mode) => [1, 2].map((ranks) => ({ engine, ranks, ...mode })));
  });
}

/** An engine and how it runs in words, as in `native, 2 ranks, without machine code`. */
export function nameOf({ engine, ranks, machine }: Setting): string {
  const parts = [
    ...ranks === 1 ? [] : [`${ranks} ranks`],
    ...machine === false ? ["without machine code"] : [],
  ];
  return [engine, ...parts].join(", ");
}

/** The commit that is timed, abbreviated; "unknown" outside a repository. */
export async function commitOf(): Promise<string> {
  const cwd = import.meta.dirname!;
  const args = ["rev-parse", "--short", "HEAD"];
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

/** The highest load average seen, and what it says about the figures. */
export interface Load {
  /** Look now. */
  look(): void;
  /** As in `2 cores, load average up to 1.8`. */
  describe(): string;
  /** Whether other work took part of the processors: what is timed keeps them busy, no more. */
  isHigh(): boolean;
}

/** Watch how busy the machine is. */
export function watchLoad(read: () => number = () => loadavg()[0]!): Load {
  const cores = availableParallelism();
  let highest = read();
  return {
    look: () => highest = Math.max(highest, read()),
    describe: () => `${cores} cores, load average up to ${highest.toFixed(1)}`,
    isHigh: () => highest > cores + 1,
  };
}
