/** Programs on a terminal of their own, for tests. */
import { assert } from "@std/assert";
import process from "node:process";

type Name = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Whether there is util-linux's `script`, which gives a program a terminal. */
function hasTerminal(): boolean {
  try {
    const { stdout } = new Deno.Command("script", { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

/** For `Deno.test`: whether it is skipped, and what its name says then. */
export const ignore = !hasTerminal();
export const suffix = ignore ? " (skipped: there is no util-linux `script`)" : "";

/** A program on a terminal. */
export interface Terminal {
  /** What was written so far. */
  readonly text: () => string;
  /** Send what a terminal sends for Ctrl-C, or a signal to the process whose `PID` was printed. */
  send(name: Name): Promise<void>;
  /** Wait until a text is there. */
  until(text: string): Promise<void>;
  /** Exit code of the program. */
  readonly code: Promise<number>;
}

/** Start a program of Deno on a terminal of its own. */
export function startOnTerminal(program: URL, args: readonly string[]): Terminal {
  const command = [
    Deno.execPath(),
    "run",
    "--quiet",
    "-A",
    "--no-check",
    program.pathname,
    ...args,
  ];
  const quoted = command.map((part) => `'${part}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", `exec ${quoted}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const keys = child.stdin.getWriter();
  let text = "", isOver = false;
  const read = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
    isOver = true;
  })();
  return {
    text: () => text,
    send: async (name) => {
      if (name === "SIGINT") return await keys.write(Uint8Array.of(3));
      process.kill(Number(/PID (\d+)/.exec(text)![1]), name);
    },
    until: async (wanted) => {
      while (!text.includes(wanted)) {
        assert(!isOver, `the program ended: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    code: (async () => {
      const { code } = await child.status;
      await read;
      await keys.close().catch(() => {});
      return code;
    })(),
  };
}
