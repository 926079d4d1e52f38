// deno-lint-ignore-file no-console -- a program on a terminal
/**
 * A program for the tests of signals: `terminal_testing.ts WAY [FOLDER]` runs one phase that shows its
 * progress and, when stopped, ends at its next step (`steps`), never (`deaf`), or blocks the thread
 * (`blocked`). Nothing listens to signals in `bare`.
 */
import { type CoreEventBody, type Phase, pipeline } from "@espalier/core";
import { createPruner } from "@espalier/pruning";
import process from "node:process";
import { CONFIG } from "../pruning/testing.ts";
import { showProgress } from "./show_progress.ts";
import { stopOnSignal } from "./stop_on_signal.ts";

const EPOCHS = 10_000;

function phaseOf(way: string): Phase<object, object> {
  return {
    name: "wait",
    uses: [],
    async run({ emit, phase, signal }) {
      for (let epoch = 0; epoch < EPOCHS; epoch++) {
        const pace = { imagesPerSecond: 1, elapsedMs: 1, remainingMs: 1 };
        emit({ type: "train:epoch", phase, epoch, epochs: EPOCHS, ...pace } as CoreEventBody);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (way === "steps") signal.throwIfAborted();
        if (way === "blocked" && signal.aborted) {
          console.log("BLOCKED");
          for (;;);
        }
      }
      return {};
    },
  };
}

if (import.meta.main) {
  const [way = "steps", directory] = Deno.args;
  const pruner = createPruner({ ...CONFIG, pipeline: pipeline().phase(phaseOf(way)) });
  console.log(`PID ${process.pid}`);
  const work = (signal: AbortSignal) => {
    signal.addEventListener("abort", () => console.log("STOPPING"));
    const run = pruner.run({ signal, graceMs: 60_000, ...(directory && { directory }) });
    showProgress(run.events$);
    return run.result;
  };
  await (way === "bare" ? work(new AbortController().signal) : stopOnSignal(work));
  console.log("NOT STOPPED");
}
