import { Command, Option } from "@commander-js/extra-typings";
import { folderStore } from "@espalier/core";
import { createPruner, latency, phases, pipeline, saveModel, useEngine } from "@espalier/espalier";
import { showProgress, stopOnSignal } from "@espalier/reports";
import { join } from "node:path";
import { filter } from "rxjs";
import { writeCommand } from "../command_file.ts";
import { DATA, openData } from "../data.ts";
import { ENGINE } from "../engine.ts";
import { FORMATS, METHODS, pluginsOf, RECIPES } from "../methods.ts";
import { MODEL, openModel } from "../model.ts";
import { networkData } from "../network_data.ts";
import { writeNotes } from "../notes.ts";
import { readTimes } from "../times_file.ts";
import { planText } from "../plan.ts";
import { reportOn, UNPRUNED } from "../run_folder.ts";
import type { Streams } from "../streams.ts";
import { choicesFor, PIXEL_RANGE, pluginsOfTask, TASK } from "../task.ts";
import { importedTeacher } from "../teacher.ts";
import { above0, collect, limit, target, wholeFrom, wordsOf } from "../values.ts";

const EXAMPLES = `
Examples:
  espalier prune model.json --data synthetic --target 50% --out smaller
  espalier prune my-model --data cifar10 --target 0.3 --cost params --method l1 --format onnx,keras --out smaller
  espalier prune my-model --data cifar10 --target 50% --limit params=60% --limit peakMemory=2MB --out smaller
  espalier prune my-model --data photos --latency latency.json --cost latency --target 60% --out faster
  espalier prune prices --data houses.csv:target=price --target 50% --method l1 --out smaller-prices
  espalier prune my-model --data cifar10 --target 50% --recipe default --epochs 100 --seed 2 --out smaller-2

The same command, or espalier resume DIR, goes on where it was stopped. In its folder are the pruned
network (model/), the unpruned one (unpruned/), the journal, report.html and the pictures.`;

/** `prune MODEL`. */
export function pruneCommand({ stdout, stderr }: Streams) {
  return new Command("prune")
    .description("Search narrower layers for a budget, and train what was found.")
    .argument("<model>", MODEL)
    .requiredOption("--data <data>", `what to train and test on: ${DATA}`)
    .requiredOption("--target <cost>", "share of the cost, as 50%, or the cost itself", target)
    .requiredOption("--out <dir>", "folder of the run")
    .option("--cost <name>", "what is counted: macs (multiply-adds), params or latency", "macs")
    .addOption(
      new Option("--limit <cost=most>", "the most of another cost, as params=60% or peakMemory=2MB")
        .argParser(limit),
    )
    .addOption(
      new Option("--latency <file>", "times by espalier measure, for a cost or limit of latency"),
    )
    .addOption(
      new Option(
        "--method <name>",
        "a search (tas, evolution, random), one share for all layers (uniform), or the most " +
          "important channels by a criterion",
      )
        .choices(METHODS)
        .default("tas" as const),
    )
    .addOption(
      new Option("--recipe <name>", "settings of search and training").choices(RECIPES)
        .default("quick" as const),
    )
    .option("--epochs <n>", "of the search and of the training after it", wholeFrom(1))
    .option("--rate <number>", "highest learning rate of that training", above0, 0.01)
    .addOption(
      new Option("--keep-layer <pattern>", "layers that keep all channels; may be repeated")
        .argParser(collect),
    )
    .addOption(
      new Option("--divisor <n>", "what widths are multiples of").argParser(wholeFrom(1)),
    )
    .option("--format <names>", "further files: onnx, keras", wordsOf(FORMATS))
    .addOption(TASK())
    .addOption(PIXEL_RANGE())
    .option("--seed <n>", "of everything random", wholeFrom(0), 1)
    .addOption(ENGINE())
    .addHelpText("after", EXAMPLES)
    .action(
      async (
        model,
        {
          data: words,
          pixels,
          task,
          target,
          cost,
          limit: limits,
          latency: times,
          out,
          seed,
          engine: asked,
          ...options
        },
        command,
      ) => {
        const network = await openModel(model);
        const { blueprint, notes } = network;
        const choices = choicesFor(blueprint, { pixels, task });
        const data = await openData(words, { network: blueprint, ...choices });
        await using pruner = createPruner({
          network: blueprint,
          data,
          budget: {
            cost,
            target,
            zone: options.recipe === "official" ? "below" : "around",
            ...limits && { limits },
          },
          plugins: [
            ...pluginsOf(options),
            ...pluginsOfTask(choices.task),
            ...times === undefined ? [] : [latency({ tables: await readTimes(times) })],
          ],
          pipeline: pipeline()
            .phase(await importedTeacher(network))
            .phase(phases.search())
            .phase(phases.derive())
            .phase(phases.train())
            .phase(phases.evaluate()),
        });
        const { message: engine } = await useEngine(asked);
        const { budget, decisions } = pruner;
        const method = `${options.method}, recipe "${options.recipe}"`;
        writeNotes(notes, stderr);
        stderr.write(planText({
          ...{
            network: networkData(blueprint),
            data,
            choices,
            budget,
            decisions,
            method,
            engine,
            out,
          },
        }));
        // A command without a parent is one that is resumed.
        if (command.parent !== null) await writeCommand(out, command.parent.args);
        const { files } = await stopOnSignal(async (signal) => {
          const store = folderStore(join(out, "artifacts"));
          const run = pruner.run({ seed, directory: out, store, signal });
          // What failed is told once, with its code.
          const events$ = run.events$.pipe(filter(({ type }) => type !== "run:fail"));
          showProgress(events$, { budget, stream: stderr });
          return (await run.result).model;
        });
        await saveModel(network, join(out, UNPRUNED));
        stdout.write(await reportOn(out));
        const written = [`${join(out, "model")}/`, ...Object.values(files)];
        stdout.write(`Model     ${written.join(", ")}\n`);
      },
    );
}
