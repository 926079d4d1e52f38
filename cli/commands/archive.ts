import { Command } from "@commander-js/extra-typings";
import { formatBytes } from "@espalier/reports";
import { archiveRun } from "@espalier/run-folders";
import { STORE } from "../store.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Example:
  espalier archive smaller --out smaller.zip

Any program unpacks it (unzip smaller.zip, or tar -xf smaller.zip where tar reads zip). There, "espalier
resume smaller" or the program that began the run goes on with it.`;

/** `archive DIR`. */
export function archiveCommand({ stdout }: Streams) {
  return new Command("archive")
    .description("Make one file of a run, its artifacts and its unfinished work.")
    .argument("<dir>", "folder of a run that is not under way")
    .requiredOption("--out <file>", "the file, a zip")
    .addOption(STORE())
    .addHelpText("after", EXAMPLES)
    .action(async (directory, options) => {
      const { files, bytes } = await archiveRun(directory, options);
      stdout.write(`${options.out}: ${files} files, ${formatBytes(bytes)}\n`);
    });
}
