import { Command } from "@commander-js/extra-typings";
import { createPruner, flops, phases, pipeline, reportTable, useEngine } from "@espalier/espalier";
import { DATA, openData } from "../data.ts";
import { ENGINE } from "../engine.ts";
import { MODEL, openModel } from "../model.ts";
import { writeNotes } from "../notes.ts";
import type { Streams } from "../streams.ts";
import { choicesFor, PIXEL_RANGE, pluginsOfTask, TASK } from "../task.ts";
import { importedTeacher } from "../teacher.ts";

const EXAMPLES = `
Examples:
  espalier evaluate model.json --data cifar10
  espalier evaluate smaller/model --data synthetic:classes=3,test=300 --json`;

/** `evaluate MODEL`. */
export function evaluateCommand({ stdout, stderr }: Streams) {
  return new Command("evaluate")
    .description("Measure a model on the test split of data, and what it costs.")
    .argument("<model>", MODEL)
    .requiredOption("--data <data>", `what to test on: ${DATA}`)
    .addOption(TASK())
    .addOption(PIXEL_RANGE())
    .option("--json", "plain data in place of a table")
    .addOption(ENGINE())
    .addHelpText("after", EXAMPLES)
    .action(async (model, { data: words, pixels, task, json, engine }) => {
      const network = await openModel(model);
      const { blueprint, notes } = network;
      const choices = choicesFor(blueprint, { pixels, task });
      await using pruner = createPruner({
        network: blueprint,
        data: await openData(words, { network: blueprint, ...choices }),
        budget: { cost: "macs", target: 1 },
        plugins: [flops(), ...pluginsOfTask(choices.task)],
        pipeline: pipeline().phase(await importedTeacher(network)).phase(phases.evaluate()),
      });
      await useEngine(engine);
      const { report } = await pruner.run().result;
      writeNotes([...notes, ...choices.guesses], stderr);
      if (json) {
        const { rows, dataset, testImages } = report;
        const { name: _, ...measured } = rows[0]!;
        stdout.write(`${JSON.stringify({ dataset, testImages, ...measured }, null, 2)}\n`);
        return;
      }
      const table = reportTable(report, { labels: { unpruned: report.network } });
      // Nothing was pruned.
      stdout.write(table.replace(/^Budget: .*\n/m, ""));
    });
}
