/**
 * A study as a program, for the tests of workers: `program_testing.ts FOLDER WORKERS [different]`. It writes
 * its events to standard output, and every step that any of its processes does into `FOLDER.steps`. Half-way
 * it waits until there is a file `FOLDER.go`.
 */
import { type AnyPhase, type PhaseContext, pipeline } from "@espalier/core";
import { stopOnSignal } from "@espalier/reports";
import { appendFileSync, existsSync } from "node:fs";
import type { StudyPipeline } from "../axes/contract.ts";
import { createStudy } from "../study.ts";
import { CONFIG, drawing, SearchToken, thorough } from "../testing.ts";
import { WORKER_VARIABLE } from "./worker_process.ts";

const STEPS = 8;
const [directory, workers, different] = Deno.args as [string, string, string?];

/** Counts, and saves every step. */
const count = {
  name: "count",
  version: "1",
  uses: [SearchToken],
  async run({ checkpoint, signal, services }: PhaseContext) {
    const { gain } = services.get(SearchToken);
    let { step } = await checkpoint.latest<{ step: number }>() ?? { step: 0 };
    for (; step < STEPS; await checkpoint.save({ step }, { done: step / STEPS })) {
      if (gain < 0) Deno.exit(3);
      for (; step === STEPS / 2 && !existsSync(`${directory}.go`);) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        signal.throwIfAborted();
      }
      appendFileSync(`${directory}.steps`, `${gain} ${++step}\n`);
    }
    return { counted: step };
  },
};
const [teach, find, evaluate] = drawing().phases as readonly AnyPhase[] as [
  AnyPhase,
  AnyPhase,
  AnyPhase,
];
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
  pipeline: ([teach, count, find, evaluate] as AnyPhase[]).reduce<StudyPipeline>(
    (all, phase) => all.phase(phase),
    pipeline(),
  ),
});
const write = (value: unknown) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
await stopOnSignal(async (signal) => {
  const run = study.run({ directory, workers: Number(workers), signal });
  run.events$.subscribe(write);
  write({ table: (await run.result).table });
});
