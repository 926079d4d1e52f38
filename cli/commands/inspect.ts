import { Command } from "@commander-js/extra-typings";
import { networkTable } from "@espalier/reports";
import { MODEL, openModel } from "../model.ts";
import { howItRuns, networkData } from "../network_data.ts";
import { writeNotes } from "../notes.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier inspect model.json
  espalier inspect my-model --json | jq '.layers[] | select(.whole)'`;

/** `inspect MODEL`. */
export function inspectCommand({ stdout, stderr }: Streams) {
  return new Command("inspect")
    .description("Show layers, costs, what is pruned together, and what stays whole and why.")
    .argument("<model>", MODEL)
    .option("--json", "plain data in place of a table")
    .addHelpText("after", EXAMPLES)
    .action(async (model, { json }) => {
      const { blueprint, notes } = await openModel(model);
      if (json) {
        stdout.write(`${JSON.stringify({ ...networkData(blueprint), notes }, null, 2)}\n`);
        return;
      }
      stdout.write(`${networkTable(blueprint)}\n\n${howItRuns(blueprint)}\n`);
      writeNotes(notes, stderr);
    });
}
