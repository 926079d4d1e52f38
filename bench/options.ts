import { parseArgs } from "node:util";
import { EspalierError } from "@espalier/core";
import type { EngineName } from "@espalier/engines";
import { JOB_KINDS, type JobKind } from "./job.ts";
import { NETWORK_NAMES, timedNetwork } from "./networks.ts";

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
  /** What is trained, as in `resnet20`. */
  readonly network: string;
  /** Height and width of its images. */
  readonly size: number;
  /** The only job to time; absent: all. */
  readonly job: JobKind | undefined;
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
  network: { type: "string", help: `of ${NETWORK_NAMES}; in place of --depth`, default: "" },
  size: { type: "string", help: "height and width of the images (the network's own)", default: "" },
  job: { type: "string", help: `${JOB_KINDS.join(" or ")} alone`, default: "" },
  engine: { type: "string", help: `${ENGINES.join(" or ")} alone`, default: "" },
  help: { type: "boolean", help: "this text" },
} as const;

/** What `--help` prints. */
export const HELP: string = [
  "deno task bench: images a second of training and search, beside PyTorch's plain training",
  "",
  ...Object.entries(FLAGS).map(([name, { type, help, ...rest }]) => {
    const value = ["engine", "network", "job"].includes(name) ? "NAME" : "N";
    const flag = `--${name}${type === "string" ? ` ${value}` : ""}`;
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

function jobOf(name: string): BenchOptions["job"] {
  if (name === "") return undefined;
  const job = JOB_KINDS.find((known) => known === name);
  if (job === undefined) throw refuse(`--job takes ${JOB_KINDS.join(" or ")}`, name);
  return job;
}

function networkOf(
  { network, depth, size }: Readonly<Record<"network" | "depth" | "size", string>>,
): Pick<BenchOptions, "network" | "size"> {
  const name = network || `resnet${depth}`, timed = timedNetwork(name);
  if (timed === undefined) throw refuse(`--network takes one of ${NETWORK_NAMES}`, name);
  return { network: name, size: size === "" ? timed.size : count("size", size) };
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
    ...networkOf(values),
    job: jobOf(values.job),
    engine: engineOf(values.engine),
  };
}
