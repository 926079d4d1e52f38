import { Command, Option } from "@commander-js/extra-typings";
import { costOf } from "@espalier/blueprint";
import { useEngine } from "@espalier/espalier";
import { latencyModel, measureLatency } from "@espalier/plugin-latency";
import { stopOnSignal } from "@espalier/reports";
import { cpus } from "node:os";
import { ENGINE } from "../engine.ts";
import { MODEL, openModel } from "../model.ts";
import { writeNotes } from "../notes.ts";
import type { Streams } from "../streams.ts";
import { writeTimes } from "../times_file.ts";
import { wholeFrom } from "../values.ts";

const EXAMPLES = `
Examples:
  espalier measure model.json --out latency.json
  espalier prune model.json --data photos --latency latency.json --cost latency --target 60% --out faster

Let nothing else run meanwhile. Half of the passes lie within the spread around their median: where it
is large, something else ran.`;

/** `measure MODEL`. */
export function measureCommand({ stdout, stderr }: Streams) {
  return new Command("measure")
    .description("Measure how long each layer takes here at several widths, for a budget of time.")
    .argument("<model>", MODEL)
    .requiredOption("--out <file>", "where the times go, for the --latency of prune")
    .addOption(
      new Option("--runs <what>", "the network as Espalier runs it, or the model that it exports")
        .choices(["network", "exported"]).default("network" as const),
    )
    .option("--rounds <n>", "in which everything is passed; times are medians", wholeFrom(1), 7)
    .addOption(ENGINE())
    .addHelpText("after", EXAMPLES)
    .action(async (model, { out, runs, rounds, engine: asked }) => {
      const { blueprint, notes } = await openModel(model);
      const { name, message } = await useEngine(asked);
      writeNotes(notes, stderr);
      stderr.write(`${message}\n`);
      const table = await stopOnSignal((signal) =>
        measureLatency({ blueprint, runs, rounds, signal })
      );
      const device = cpus()[0]?.model.trim() ?? "unknown";
      await writeTimes(out, { [name]: { [device]: table } });
      const { total } = costOf(blueprint, latencyModel(table));
      const spread = `${(100 * table.spread).toFixed(0)} %`;
      stdout.write(
        `${
          total.toFixed(3)
        } ms an image, spread ${spread}, ${table.units.length} kinds of layers ` +
          `on ${name}, ${device}: ${out}\n`,
      );
    });
}
