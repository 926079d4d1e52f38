import type { CoreEvent } from "@espalier/core";
import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { progressLine } from "./progress_line.ts";
import { BUDGET } from "./testing.ts";

const budget = { ...BUDGET, unpruned: 40e6 };

const step = {
  type: "search:step",
  runId: "r",
  phase: "search",
  epoch: 2,
  epochs: 12,
  step: 9,
  steps: 20,
  imagesPerSecond: 1839.6,
  loss: 1.5234,
  metrics: { accuracy: { value: 0.4312, better: "higher", share: true } },
  cost: 24e6,
  target: 22e6,
  values: { tau: 0.1 },
  elapsedMs: 40_000,
  remainingMs: 125_000,
} as const;

Deno.test("progressLine() says phase, epoch, time left, loss, cost and pace", () => {
  assertEquals(
    progressLine(step, { budget }),
    "search    epoch  3/12 · 2 min 05 s left · accuracy 43.1 % · loss 1.52 · " +
      "cost 60.0 % (target 55.0 %) · tau 0.100 · 1840 images/s",
  );
});

Deno.test("progressLine() gives costs in their unit when it knows no budget", () => {
  const line = progressLine(step);
  assertEquals(line?.includes("cost 24.00 M (target 22.00 M)"), true, line);
});

Deno.test("progressLine() says what the last epoch took, and leaves out what is not known", () => {
  const event: CoreEvent = {
    type: "train:epoch",
    runId: "r",
    phase: "pretrain",
    epoch: 5,
    epochs: 6,
    imagesPerSecond: 0,
    elapsedMs: 9940,
    remainingMs: 0,
  };
  assertEquals(progressLine(event), "pretrain  epoch 6/6 · took 9.9 s");
});

Deno.test("progressLine() tells a repair, an evaluation, a failure", () => {
  const base = { runId: "r", phase: "search" } as const;
  const repair: CoreEvent = {
    ...base,
    type: "search:repair",
    before: {},
    after: {},
    costBefore: 30e6,
    costAfter: 23e6,
  };
  assertEquals(
    progressLine(repair, { budget }),
    "search    moved into the budget's zone: cost 75.0 % → 57.5 %",
  );
  const evaluation: CoreEvent = {
    ...base,
    type: "evaluate:end",
    phase: "evaluate",
    images: 2000,
    loss: 0.9,
    metrics: {
      accuracy: { value: 0.7125, better: "higher", share: true },
      error: { value: 0.00012, better: "lower", share: false },
    },
  };
  assertEquals(
    progressLine(evaluation),
    "evaluate  accuracy 71.25 % · error 1.2e-4 on 2000 images · loss 0.900",
  );
  const failure: CoreEvent = {
    type: "run:fail",
    runId: "r",
    error: { name: "Error", message: "no disk" },
  };
  assertEquals(progressLine(failure), "failed: no disk");
});

Deno.test("progressLine() says of a stopped run how it goes on, and who held it up", () => {
  const abort = { type: "run:abort", runId: "r", elapsedMs: 12_000 } as const;
  assertEquals(progressLine({ ...abort, resumable: false }), "stopped after 12 s");
  assertEquals(
    progressLine({ ...abort, resumable: true, heldUpBy: 'plugin "p" in phase "search"' }),
    'stopped after 12 s, without plugin "p" in phase "search", which did not end; ' +
      "the same command goes on",
  );
});

Deno.test("progressLine() lets no name command the terminal", () => {
  const name = fc.string({ unit: "binary" }).map((text) => `a\x1b]0;${text}\x9b\n`);
  fc.assert(
    fc.property(name, (name) => {
      const base = { runId: "r", phase: name };
      const events: CoreEvent[] = [
        { ...step, phase: name, values: { [name]: 1 } },
        { type: "phase:start", ...base },
        {
          ...{ type: "evaluate:end", ...base, images: 1, loss: 1 },
          metrics: { [name]: { value: 1, better: "higher", share: true } },
        },
        { type: "run:fail", runId: "r", error: { name: "Error", message: name } },
        { type: "run:abort", runId: "r", elapsedMs: 1, resumable: true, heldUpBy: name },
        { type: "run:subscriber-error", runId: "r", error: { name: "Error", message: name } },
        {
          ...{ type: "run:start", runId: "r", seed: 1, engine: name, network: name },
          ...{ phases: [name], time: "" },
        },
      ];
      for (const event of events) assertEquals(/\p{Cc}/u.test(progressLine(event)!), false);
    }),
    { numRuns: 30 },
  );
});

Deno.test("progressLine() says what waits, what is left over and who threw", () => {
  const runId = "1";
  const lines = [
    progressLine({ type: "run:unused", runId, plugins: ["cwi", "budget-loss"] }),
    progressLine({ type: "run:wait", runId, owner: "process 17" }),
    progressLine({ type: "phase:wait", runId, phase: "search" }),
    progressLine({ type: "run:disk", runId, neededBytes: 41e6, freeBytes: 2e6 }),
    progressLine({ type: "derive:check", runId, phase: "derive", images: 8, difference: 3.1e-7 }),
    progressLine({
      type: "run:subscriber-error",
      runId,
      error: { name: "RangeError", message: "odd" },
    }),
  ];
  assertEquals(lines, [
    "no phase uses cwi, budget-loss",
    "waits for the folder, which process 17 has",
    "search    waits for another run that computes the same",
    "the disk may be too small: about 41.0 MB at most are needed, 2.00 MB are free",
    "derive    outputs of 8 images differ by 3.1e-7 at most",
    "a subscriber threw and gets no more events: odd",
  ]);
});
