/**
 * A study as a program, for the tests of workers: `program_testing.ts FOLDER WORKERS [different]`. It writes
 * its events to standard output, and every step that any of its processes does into `FOLDER.steps`. Half-way
 * it waits until there is a file `FOLDER.go`.
 */
import { type AnyPhase, pipeline } from "@espalier/core";
import { stopOnSignal } from "@espalier/reports";
import type { StudyPipeline } from "../axes/contract.ts";
import { createStudy } from "../study.ts";
import { CONFIG, counting, thorough } from "../testing.ts";
import { WORKER_VARIABLE } from "./worker_process.ts";

const [directory, workers, different] = Deno.args as [string, string, string?];
const { phases: [teach, ...rest] } = counting(directory);
/** With a phase that has no version, whose key nobody knows beforehand. */
const loose = [{ ...teach!, version: undefined } as unknown as AnyPhase, ...rest]
  .reduce<StudyPipeline>((all, phase) => all.phase(phase), pipeline());
const isWorker = Deno.env.has(WORKER_VARIABLE);
const study = createStudy({
  ...CONFIG,
  seeds: [1, 2],
  axes: {
    ...CONFIG.axes,
    strategy: {
      ...CONFIG.axes.strategy,
      ...different === "deadly" && { deadly: thorough({ gain: -1 }) },
      ...different === "different" && { thorough: thorough({ gain: isWorker ? 0.3 : 0.2 }) },
    },
  },
  pipeline: different === "loose" ? loose : counting(directory),
});
const write = (value: unknown) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
await stopOnSignal(async (signal) => {
  const run = study.run({ directory, workers: Number(workers), signal });
  run.events$.subscribe(write);
  write({ table: (await run.result).table });
});
