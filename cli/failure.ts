import { CommanderError } from "@commander-js/extra-typings";
import { EspalierError } from "@espalier/core";
import { plainText } from "@espalier/reports";

/** Exit codes; 130, 143 and 129 are those of SIGINT, SIGTERM and SIGHUP. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** A fault in the words of the command, which the library never saw. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The exit code of what a command threw.
 *
 * @param error What was thrown.
 * @returns 0 for help and version, 1 for errors of the library, 2 for wrong usage.
 * @throws The error, if it is none of these.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof EspalierError) return EXIT.failed;
  throw error;
}

/**
 * An error as one line, with its advice and its code.
 *
 * @param error What was thrown.
 * @returns The line; undefined if it was written already, or is none of ours.
 */
export function lineOf(error: unknown): string | undefined {
  if (error instanceof UsageError) return `error: ${plainText(error.message)}`;
  if (error instanceof EspalierError) return `error: ${plainText(error.message)} [${error.code}]`;
  return undefined;
}
