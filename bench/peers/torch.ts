/**
 * PyTorch as a peer: found on the machine, or put into a folder of the user's cache.
 *
 * @module
 */
import { join } from "node:path";
import { EspalierError } from "@espalier/core";

/** What the peer says first. */
export interface PeerGreeting {
  /** Version of PyTorch. */
  readonly version: string;
}

/** Memory layouts. */
export const LAYOUTS = ["channels_last", "contiguous"] as const;

/** One way to train. */
export interface PeerVariant {
  /** Memory layout. */
  readonly layout: typeof LAYOUTS[number];
  /** Threads of one operation. */
  readonly threads: number;
}

/**
 * Both memory layouts, on all cores and on one: on a busy machine PyTorch's threads wait for each
 * other, and one alone may do many times as much.
 *
 * @param cores Cores of the machine.
 * @returns The variants, of which the best counts.
 */
export function peerVariants(cores: number): readonly PeerVariant[] {
  return [...new Set([cores, 1])].flatMap((threads) =>
    LAYOUTS.map((layout) => ({ layout, threads }))
  );
}

/** The program that trains. */
export const PEER_PROGRAM: string = join(import.meta.dirname!, "training.py");

/** Folder of the environment that `--install-peer` makes; it may be deleted at any time. */
export function peerFolder(): string {
  const home = Deno.env.get("HOME") ?? ".";
  return join(Deno.env.get("XDG_CACHE_HOME") || join(home, ".cache"), "espalier", "bench-torch");
}

const pythonOf = (folder: string): string => join(folder, "bin", "python");

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const process = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    return (await process.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Find the module without loading it, which takes seconds. */
const HAS_TORCH = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";

/**
 * Look for a Python that has PyTorch.
 *
 * @returns Its path or name; undefined where there is none.
 */
export async function findPeer(): Promise<string | undefined> {
  for (const python of [pythonOf(peerFolder()), "python3", "python"]) {
    if (await succeeds(python, ["-c", HAS_TORCH])) return python;
  }
  return undefined;
}

/**
 * Install PyTorch from pip's index into {@linkcode peerFolder}, unless some Python has it. What pip
 * is set up to use is used: an index of builds for the processor alone saves gigabytes.
 *
 * @param say Called with what happens.
 * @throws {EspalierError} ERR_INSTALL_PYTHON if python3 or pip fails.
 */
export async function installPeer(say: (text: string) => void): Promise<void> {
  if (await findPeer() !== undefined) return;
  const folder = peerFolder();
  for (
    const [command, args] of [
      ["python3", ["-m", "venv", folder]],
      [pythonOf(folder), ["-m", "pip", "install", "--quiet", "torch"]],
    ] as const
  ) {
    say(`${command} ${args.join(" ")}`);
    if (await succeeds(command, args)) continue;
    throw new EspalierError(
      "ERR_INSTALL_PYTHON",
      `Cannot install PyTorch as a command must succeed: \`${command} ${args.join(" ")}\`. ` +
        `Run it by hand to see why.`,
    );
  }
}
