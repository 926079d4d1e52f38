import { Command } from "@commander-js/extra-typings";
import { runStatus } from "@espalier/run-folders";
import { statusText } from "../status_text.ts";
import { STORE } from "../store.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier status smaller
  espalier status runs/1 --json | jq -r .state`;

/** `status DIR`. */
export function statusCommand({ stdout }: Streams) {
  return new Command("status")
    .description("Show whether a run goes on, what is done, and what it has on the disk.")
    .argument("<dir>", "folder of a run")
    .addOption(STORE())
    .option("--json", "plain data in place of lines")
    .addHelpText("after", EXAMPLES)
    .action(async (directory, { store, json }) => {
      const status = await runStatus(directory, { store });
      stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, Date.now()));
    });
}
