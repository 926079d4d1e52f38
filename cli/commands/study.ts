import { Command } from "@commander-js/extra-typings";
import { ofType, useEngine } from "@espalier/espalier";
import { formatDuration, plainText, stopOnSignal } from "@espalier/reports";
import {
  cellName,
  planText,
  readStudyData,
  type StudyData,
  type StudyEvent,
  studyFromData,
  studyJsonSchema,
  studyMarkdown,
} from "@espalier/studies";
import type { Fleet } from "@espalier/studies/fleet";
import type { BullmqFleetOptions } from "@espalier/study-bullmq";
import { dirname, join } from "node:path";
import { ARTIFACTS, storeOf } from "../artifacts.ts";
import { ENGINE } from "../engine.ts";
import { QUEUE, REDIS } from "../queue.ts";
import type { Streams } from "../streams.ts";
import { REGISTRY } from "../study_registry.ts";
import { wholeFrom } from "../values.ts";

const EXAMPLES = `
Examples:
  espalier study schema > study.schema.json
  espalier study run widths.json --plan
  espalier study run widths.json --out studies/widths --workers 2
  espalier study run widths.json --out /mnt/studies/widths --queue widths --redis redis://:secret@queue.lan

The same command goes on where it was stopped; more seeds and values compute what is new. In its folder
are the tables (table.md, .csv, .tex, .json, runs.csv), the page study.html and a folder for each run.`;

/** `study run FILE`. */
function runCommand({ stdout, stderr }: Streams) {
  return new Command("run")
    .description("Run the study of a file, or go on with it.")
    .argument("<file>", "the study, JSON")
    .option("--out <dir>", "folder of the study (default: the file's name without .json)")
    .option("--plan", "only tell what there is to do")
    .option(
      "--workers <n>",
      "worker processes; 0: this one does the runs (default: as many as the processors are enough for)",
      wholeFrom(0),
    )
    .addOption(ARTIFACTS())
    .addOption(REDIS())
    .addOption(QUEUE())
    .addOption(ENGINE())
    .addHelpText("after", EXAMPLES)
    .action(async (file, { out, plan: isPlan, workers, store: place, redis, queue, engine }) => {
      const { message } = await useEngine(engine);
      const data = await readStudyData(file);
      const study = await studyFromData(data, { registry: REGISTRY, directory: dirname(file) });
      const directory = out ??
        file.replace(/\.json$/, "") + (file.endsWith(".json") ? "" : "-study");
      const store = await storeOf(place);
      const plan = await study.plan({ directory, store });
      const text = planText(plan, { workers: Math.max(1, workers ?? 1) });
      if (isPlan) return void stdout.write(text);
      stderr.write(`${message}\n\n${text}\n`);
      const { table } = await stopOnSignal(async (signal) => {
        const fleet = queue === undefined
          ? undefined
          : await fleetOf({ redis, queue, study: data as StudyData });
        const run = study.run({ directory, store, signal, workers, fleet });
        let over = 0;
        run.events$.pipe(
          ofType("study/start", "study/run-end", "study/run-fail", "study/worker-lost"),
        ).subscribe((event) => {
          if (event.type === "study/start") return void (over = event.over);
          if (event.type !== "study/worker-lost") over++;
          stderr.write(`${over}/${plan.runs.length}  ${lineOf(event)}\n`);
        });
        return await run.result;
      });
      stdout.write(studyMarkdown(table));
      stdout.write(`Written to ${join(directory, "study.html")}, table.md, table.csv and others\n`);
    });
}

/** Workers on other machines. */
async function fleetOf(options: BullmqFleetOptions): Promise<Fleet> {
  const { bullmqFleet } = await import("@espalier/study-bullmq");
  return bullmqFleet(options);
}

type Told = Extract<
  StudyEvent,
  { readonly type: `study/${"run-end" | "run-fail" | "worker-lost"}` }
>;

/** What became of a run, in a line. */
function lineOf(event: Told): string {
  const { type, cell, seed } = event;
  const end = type === "study/run-end"
    ? formatDuration(event.elapsedMs)
    : type === "study/run-fail"
    ? event.error.message
    : `a worker was lost: ${event.reason}`;
  return plainText(`${cellName(cell)}, seed ${seed}: ${end}`);
}

/** `study schema`. */
function schemaCommand({ stdout }: Streams) {
  return new Command("schema")
    .description("Write the JSON Schema of such files, for editors.")
    .action(() => void stdout.write(`${JSON.stringify(studyJsonSchema(REGISTRY), null, 2)}\n`));
}

/** `study`. */
export function studyCommand(streams: Streams) {
  const command = new Command("study")
    .description("Compare prunings that differ in some parts, over several seeds.");
  for (const create of [runCommand, schemaCommand]) {
    command.addCommand(create(streams));
  }
  return command;
}
