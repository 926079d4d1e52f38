import { parseArgs } from "node:util";
import { EspalierError } from "@espalier/core";
import type { EngineName } from "@espalier/engines";

/** Engines that train; the fastest first. */
export const ENGINES = ["native", "wasm"] as const satisfies readonly EngineName[];

/** What the command does. */
export type Mode = "compare" | "flat" | "grow" | "help";

/** What the command line says. */
export interface BenchOptions {
  /** What is done. */
  readonly mode: Mode;
  /** Whether standard output is JSON alone. */
  readonly json: boolean;
  /** Whether PyTorch is installed first. */
  readonly installPeer: boolean;
  /** Timed steps of each row in one round. */
  readonly steps: number;
  /** Rounds. */
  readonly rounds: number;
  /** Layers of the ResNet. */
  readonly depth: number;
  /** Images of a step. */
  readonly batch: number;
  /** The only engine to time; absent: all that are installed. */
  readonly engine: typeof ENGINES[number] | undefined;
}

const FLAGS = {
  json: { type: "boolean", help: "print JSON alone" },
  flat: { type: "boolean", help: "what more candidates and a larger K cost" },
  grow: { type: "boolean", help: "deeper networks, larger batches: bench/grow.svg and .json" },
  "install-peer": { type: "boolean", help: "first install PyTorch into the user's cache" },
  steps: { type: "string", help: "timed steps of each row in one round", default: "8" },
  rounds: { type: "string", help: "rounds", default: "3" },
  depth: { type: "string", help: "layers of the ResNet", default: "20" },
  batch: { type: "string", help: "images of a step", default: "128" },
  engine: { type: "string", help: `${ENGINES.join(" or ")} alone`, default: "" },
  help: { type: "boolean", help: "this text" },
} as const;

/** What `--help` prints. */
export const HELP: string = [
  "deno task bench: images a second of training and search, beside PyTorch's plain training",
  "",
  ...Object.entries(FLAGS).map(([name, { type, help, ...rest }]) => {
    const flag = `--${name}${type === "string" ? ` ${name === "engine" ? "NAME" : "N"}` : ""}`;
    const preset = "default" in rest && rest.default !== "" ? ` (${rest.default})` : "";
    return `  ${flag.padEnd(16)}${help}${preset}`;
  }),
].join("\n");

function refuse(rule: string, found: string): EspalierError {
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot run the bench as ${rule}: ${found}. See \`deno task bench --help\`.`,
  );
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw refuse(`--${name} takes a whole number from 1`, text || "nothing");
}

function engineOf(name: string): BenchOptions["engine"] {
  if (name === "") return undefined;
  const engine = ENGINES.find((known) => known === name);
  if (engine === undefined) throw refuse(`--engine takes ${ENGINES.join(" or ")}`, name);
  return engine;
}

function readFlags(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>> {
  try {
    return parseArgs({ args: [...args], options: FLAGS });
  } catch (error) {
    // An unknown flag, a value too many or too few: Node's first sentence names it.
    const known = Object.keys(FLAGS).map((name) => `--${name}`).join(", ");
    throw refuse(`its flags are ${known}`, (error as Error).message.split(". ")[0]!);
  }
}

function modeOf(values: { readonly [Mode in "flat" | "grow" | "help"]?: boolean }): Mode {
  if (values.help) return "help";
  if (values.flat && values.grow) throw refuse("it does one thing at a time", "--flat and --grow");
  return values.flat ? "flat" : values.grow ? "grow" : "compare";
}

/**
 * Read the command line.
 *
 * @param args Its words.
 * @returns What to do.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown flag, with the known ones, or a value
 * that makes no sense.
 */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = readFlags(args);
  return {
    mode: modeOf(values),
    json: values.json ?? false,
    installPeer: values["install-peer"] ?? false,
    steps: count("steps", values.steps),
    rounds: count("rounds", values.rounds),
    depth: count("depth", values.depth),
    batch: count("batch", values.batch),
    engine: engineOf(values.engine),
  };
}
