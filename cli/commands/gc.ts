import { Command } from "@commander-js/extra-typings";
import { formatBytes, plainText } from "@espalier/reports";
import { removeUnreferenced, unreferenced } from "@espalier/run-folders";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier gc runs --dry-run
  espalier gc runs`;

/** `gc DIR`. */
export function gcCommand({ stdout }: Streams) {
  return new Command("gc")
    .description("Remove artifacts and unfinished work that no run refers to.")
    .argument("<dir>", "folder that holds runs and their artifacts")
    .option("--dry-run", "show them, remove nothing")
    .addHelpText("after", EXAMPLES)
    .action(async (directory, { dryRun }) => {
      const files = await (dryRun ? unreferenced : removeUnreferenced)(directory);
      for (const { path, bytes } of files) {
        stdout.write(`${plainText(path)}  ${formatBytes(bytes)}\n`);
      }
      const sum = formatBytes(files.reduce((all, { bytes }) => all + bytes, 0));
      stdout.write(`${files.length} files, ${sum}, ${dryRun ? "would be" : "were"} removed\n`);
    });
}
