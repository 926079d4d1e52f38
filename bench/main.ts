/**
 * `deno task bench`: images a second of training and search. See `--help`.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { compare, comparisonTable } from "./compare.ts";
import { flat, flatTable } from "./flat.ts";
import { grow } from "./grow.ts";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import type { Say } from "./progress.ts";
import { blueprintOf } from "./networks.ts";
import { findPeer, installPeer } from "./peers/torch.ts";

const encoder = new TextEncoder();

function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

/** One line that is written over on a terminal, a line each elsewhere. */
function createSay(isTerminal: boolean): Say {
  const [before, after] = isTerminal ? ["\r\x1b[K", ""] : ["", "\n"];
  return (text) => Deno.stderr.writeSync(encoder.encode(`${before}${text}${after}`));
}

async function run(options: BenchOptions, say: Say): Promise<{ json: object; text: string }> {
  switch (options.mode) {
    case "flat": {
      const result = await flat(options, say);
      return { json: result.report, text: flatTable(result) };
    }
    case "grow":
      return await grow(options, say);
    default: {
      const result = await compare(options, { python: await findPeer(), say });
      return { json: result.report, text: comparisonTable(result) };
    }
  }
}

async function main(args: readonly string[]): Promise<number> {
  const say = createSay(Deno.stderr.isTerminal());
  try {
    const options = parseOptions(args);
    if (options.mode === "help") {
      print(HELP);
      return 0;
    }
    // Refuses a depth or a size that no such network has before any process starts.
    blueprintOf(options);
    if (options.installPeer) await installPeer(say);
    const { json, text } = await run(options, say);
    say("");
    print(options.json ? JSON.stringify(json, null, 2) : text);
    return 0;
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    Deno.stderr.writeSync(encoder.encode(`${error.code}: ${error.message}\n`));
    return error.code === "ERR_CONFIG_INVALID" ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
