import { Command } from "@commander-js/extra-typings";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { readCommand } from "../command_file.ts";
import type { Streams } from "../streams.ts";
import { pruneCommand } from "./prune.ts";

const EXAMPLES = `
Example:
  espalier resume smaller

A run that a program began is not known here: start that program again, with the same folder.`;

/** `resume DIR`. */
export function resumeCommand(streams: Streams) {
  return new Command("resume")
    .description("Go on with a run that espalier prune began, wherever its folder is by now.")
    .argument("<dir>", "folder of the run")
    .addHelpText("after", EXAMPLES)
    .action(async (directory, _options, command) => {
      const { words: [, ...words], folder } = await readCommand(directory);
      const prune = pruneCommand(streams).copyInheritedSettings(command.parent!);
      const [here, out] = [process.cwd(), resolve(directory)];
      const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory();
      try {
        if (isThere) process.chdir(folder); // Paths in the words count from there.
        await prune.parseAsync([...words, "--out", out], { from: "user" });
      } finally {
        process.chdir(here);
      }
    });
}
