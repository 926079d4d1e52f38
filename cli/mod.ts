/**
 * Espalier from a terminal: inspect, prune, evaluate and convert a trained model, report on a run.
 *
 * @module
 */
import process from "node:process";
import { exitCodeOf, lineOf } from "./failure.ts";
import { createProgram } from "./program.ts";
import type { Streams } from "./streams.ts";

export type { Streams } from "./streams.ts";
export type { ProgressStream } from "@espalier/reports";

/**
 * Run one command. Ctrl-C, SIGTERM and SIGHUP stop `prune` after its step, and end the process.
 *
 * @example The version
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { run } from "@espalier/cli";
 *
 * let text = "";
 * const stream = { write: (part: string) => (text += part) !== "" };
 * assertEquals(await run(["--version"], { stdout: stream, stderr: stream }), 0);
 * assertEquals(/^\d+\.\d+\.\d+\n$/.test(text), true);
 * ```
 *
 * @param args The words behind the program's name.
 * @param streams Where results and messages go. Default: those of the process.
 * @returns Exit code: 0 done, 1 failed, 2 wrong usage.
 * @throws What is no error of the library: a fault of this program.
 */
export async function run(args: readonly string[], streams: Streams = process): Promise<number> {
  try {
    await createProgram(streams).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    const line = lineOf(error);
    if (line !== undefined) streams.stderr.write(`${line}\n`);
    return exitCodeOf(error);
  }
}
