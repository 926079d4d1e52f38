/**
 * Installs the library of the native engine, or repairs it: `deno task native [--gpu]`. With `--verify`
 * it only compares digests, and ends with 1 where the library is not whole.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { installNative, type InstallProgress, verifyNative } from "@espalier/engines/native";

const WORDS: Readonly<Record<InstallProgress["step"], string>> = {
  wait: "waiting for another installation",
  download: "downloading",
  check: "checking",
  unpack: "unpacking",
  prove: "testing in a process of its own",
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0).padStart(5);

/** One line that is written over on a terminal, one line a step elsewhere. */
function createPrinter(isTerminal: boolean): (progress: InstallProgress) => void {
  let last = "";
  return ({ step, done, total }) => {
    const amount = total > 0 ? `${megabytes(done)} of ${megabytes(total)} MB` : "";
    if (isTerminal) Deno.stderr.writeSync(bytes(`\r\x1b[K${WORDS[step]} ${amount}`));
    else if (step !== last) Deno.stderr.writeSync(bytes(`${WORDS[step]}\n`));
    last = step;
  };
}

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => !["--gpu", "--verify"].includes(arg));
  if (unknown.length > 0) {
    Deno.stderr.writeSync(
      bytes(`Unknown: ${unknown.join(" ")}. Usage: deno task native [--gpu] [--verify]\n`),
    );
    return 2;
  }
  const isTerminal = Deno.stderr.isTerminal();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  try {
    const options = { gpu: args.includes("--gpu"), progress: createPrinter(isTerminal) };
    if (args.includes("--verify")) {
      const found = await verifyNative(options);
      const state = found.state === "damaged" ? `damaged: ${found.reason}` : found.state;
      Deno.stdout.writeSync(bytes(`${isTerminal ? "\r\x1b[K" : ""}${found.folder} is ${state}\n`));
      return found.state === "installed" ? 0 : 1;
    }
    const folder = await installNative({ ...options, signal: stop.signal });
    Deno.stdout.writeSync(bytes(`${isTerminal ? "\r\x1b[K" : ""}${folder}\n`));
    return 0;
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    Deno.stderr.writeSync(bytes(`${isTerminal ? "\n" : ""}${error.code}: ${error.message}\n`));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
