import { availableParallelism, loadavg } from "node:os";
import { nativeEngine } from "@espalier/engines/native";
import { type BenchOptions, ENGINES } from "./options.ts";

/** Name of an engine that trains. */
export type BenchEngine = typeof ENGINES[number];

/** The engines to time: the one asked for, else all that are here, the fastest first. */
export async function enginesOf({ engine }: BenchOptions): Promise<readonly BenchEngine[]> {
  if (engine !== undefined) return [engine];
  const hasNative = await nativeEngine.unavailable() === undefined;
  return ENGINES.filter((name) => name !== "native" || hasNative);
}

/** The commit that is timed, abbreviated; "unknown" outside a repository. */
export async function commitOf(): Promise<string> {
  const cwd = new URL(".", import.meta.url).pathname;
  const args = ["rev-parse", "--short", "HEAD"];
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

/** Processors, and how busy they are: what every figure depends on. */
export function describeMachine(): string {
  return `${availableParallelism()} cores, load average ${loadavg()[0]!.toFixed(1)}`;
}
