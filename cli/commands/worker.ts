import { Command } from "@commander-js/extra-typings";
import { useEngine } from "@espalier/espalier";
import { plainText, stopOnSignal } from "@espalier/reports";
import { ARTIFACTS, storeOf } from "../artifacts.ts";
import { ENGINE } from "../engine.ts";
import { QUEUE, REDIS } from "../queue.ts";
import type { Streams } from "../streams.ts";
import { REGISTRY } from "../study_registry.ts";

const EXAMPLES = `
Example, on each machine:
  espalier worker --queue widths --redis redis://:secret@queue.lan --directory /mnt/studies/widths

The folder is that of the study, on a disk which all machines share, unless all have one --store. Paths in the study's file count
from the current folder. A machine whose engine, threads, ranks or version differ from the study's puts
its run back and says so.`;

/** `worker`. */
export function workerCommand({ stderr }: Streams) {
  return new Command("worker")
    .description("Work for a study that another machine runs, until Ctrl-C.")
    .addOption(QUEUE().makeOptionMandatory())
    .addOption(REDIS())
    .requiredOption(
      "--directory <dir>",
      "the study's folder, as this machine sees it; with --store any of its own",
    )
    .addOption(ARTIFACTS())
    .addOption(ENGINE())
    .addHelpText("after", EXAMPLES)
    .action(async ({ queue, redis, directory, store: place, engine }) => {
      const { message } = await useEngine(engine);
      stderr.write(`${message}\n`);
      const { workOnQueue } = await import("@espalier/study-bullmq");
      const store = await storeOf(place);
      const tell = (line: string) => void stderr.write(`${plainText(line)}\n`);
      await stopOnSignal((signal) =>
        workOnQueue({ queue: queue!, redis, directory, store, registry: REGISTRY, signal, tell })
      );
    });
}
