/**
 * The short run as a process of its own.
 *
 * @module
 */
import type { ShortRun } from "./short_run.ts";

/** How a process ended. */
export interface End {
  /** Whether a signal ended it. */
  readonly killed: boolean;
  /** Code of the run's error, null if it is done; undefined if the process told nothing. */
  readonly code: string | null | undefined;
  /** The last it wrote to standard error. */
  readonly errors: string;
}

/** A short run under way. */
export interface Child {
  /** Resolves when the run's work begins, or the process has ended. */
  readonly started: Promise<unknown>;
  readonly end: Promise<End>;
  /** SIGKILL; nothing happens if it has ended. */
  kill(): void;
}

const PROGRAM = new URL("./short_run.ts", import.meta.url).pathname;
const ROOT = new URL("../..", import.meta.url).pathname;

/** Start a short run. */
export function start(run: ShortRun, env: Readonly<Record<string, string>> = {}): Child {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", PROGRAM, JSON.stringify(run)],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const started = Promise.withResolvers<void>();
  async function told(): Promise<string> {
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.startsWith("started")) started.resolve();
    }
    started.resolve();
    return text;
  }
  async function ended(): Promise<End> {
    const [text, errors, { signal }] = await Promise.all([
      told(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    const line = text.split("\n")[1];
    const code = line ? JSON.parse(line) as string | null : undefined;
    return { killed: signal !== null, code, errors: errors.slice(-2000) };
  }
  return {
    started: started.promise,
    end: ended(),
    kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    },
  };
}
