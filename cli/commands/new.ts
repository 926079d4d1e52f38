import { Command, Option } from "@commander-js/extra-typings";
import { type Contract, CONTRACTS, newPlugin } from "@espalier/scaffolding";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { coreSource, folderOf } from "../core_source.ts";
import { UsageError } from "../failure.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier new plugin warm-up --contract regularizer
  espalier new plugin @acme/annealing --contract strategy --core published --out annealing`;

const CORE = "a folder with a clone of Espalier or its tarballs, or published " +
  "(default: the clone that this command runs from, if it does)";

async function write(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new UsageError(`"${folder}" is not empty; choose another by --out`);
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** `new plugin NAME`. */
function pluginCommand({ stdout }: Streams) {
  return new Command("plugin")
    .description("Write a plugin of your own, which passes its tests at once.")
    .argument("<name>", "of its package, as warm-up or @acme/warm-up")
    .addOption(
      new Option("--contract <contract>", "what it brings").choices(CONTRACTS)
        .makeOptionMandatory(),
    )
    .option("--core <place>", CORE)
    .option("--out <folder>", "where it is written (default: its name, outside of any clone)")
    .addHelpText("after", EXAMPLES)
    .action(async (name, { contract, core, out }) => {
      const folder = await folderOf(name, out);
      const source = await coreSource(core, folder);
      const files = newPlugin(name, { contract: contract as Contract, core: source });
      await write(folder, files);
      for (const path of files.keys()) stdout.write(`${join(relative(".", folder), path)}\n`);
    });
}

/** `new`. */
export function newCommand(streams: Streams) {
  return new Command("new")
    .description("Write something of your own.")
    .addHelpText("after", EXAMPLES)
    .addCommand(pluginCommand(streams));
}
