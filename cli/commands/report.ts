import { Command } from "@commander-js/extra-typings";
import { reportOn } from "../run_folder.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Example:
  espalier report smaller`;

/** `report DIR`. */
export function reportCommand({ stdout }: Streams) {
  return new Command("report")
    .description("Show what came of a run; write its pictures and its page into its folder.")
    .argument("<dir>", "folder of a run that ended")
    .addHelpText("after", EXAMPLES)
    .action(async (directory) => void stdout.write(await reportOn(directory)));
}
