import { assertEquals, assertStringIncludes } from "@std/assert";
import { from } from "rxjs";
import type { CoreEvent } from "@espalier/core";
import { showProgress } from "./show_progress.ts";

const pace = { imagesPerSecond: 100, elapsedMs: 4000, remainingMs: 4000, loss: 1 };
const loop = { runId: "r", phase: "pretrain", epochs: 2, ...pace };
const events: CoreEvent[] = [
  { type: "phase:start", runId: "r", phase: "pretrain" },
  { type: "train:step", ...loop, epoch: 0, step: 0, steps: 2 },
  { type: "train:epoch", ...loop, epoch: 0 },
  { type: "train:epoch", ...loop, epoch: 1 },
  { type: "phase:end", runId: "r", phase: "pretrain", cached: false, elapsedMs: 4100 },
  { type: "phase:start", runId: "r", phase: "search" },
  { type: "phase:end", runId: "r", phase: "search", cached: true, elapsedMs: 1 },
];

function shown(isTTY: boolean, columns?: number): string {
  let text = "";
  const write = (part: string): boolean => {
    text += part;
    return true;
  };
  showProgress(from([...events, { type: "other/thing" as const }]), {
    stream: { isTTY, write, ...(columns !== undefined && { columns }) },
  });
  return text;
}

Deno.test("showProgress() writes a line an epoch where there is no terminal", () => {
  assertEquals(shown(false).split("\n"), [
    "pretrain  starts",
    "pretrain  epoch 1/2 · 4.0 s left · loss 1.00 · 100 images/s",
    "pretrain  epoch 2/2 · took 4.0 s · loss 1.00 · 100 images/s",
    "pretrain  done in 4.1 s",
    "search    starts",
    "search    already in the store",
    "",
  ]);
});

Deno.test("showProgress() leaves one line a phase on a terminal", () => {
  const text = shown(true);
  // What is overwritten starts with a bar; what stays ends with a line break.
  // deno-lint-ignore no-control-regex -- that is what a terminal reads
  const lines = text.replaceAll(/\x1b(?:\[[\d?]*[A-Za-z]|[78])/g, "\r").split("\n");
  assertEquals(lines.map((line) => line.split("\r").at(-1)), [
    "pretrain  epoch 2/2 · took 4.0 s · loss 1.00 · 100 images/s",
    "search    already in the store",
    "",
  ]);
  assertStringIncludes(text, "────────── pretrain  starts");
});

Deno.test("showProgress() changes no mode of the terminal, so that nothing is to be restored", () => {
  // deno-lint-ignore no-control-regex -- that is what a terminal reads
  assertEquals(shown(true).match(/\x1b\[\?\d+[hl]/g), null);
});

Deno.test("showProgress() cuts the line that is overwritten at the terminal's width, if it is known", () => {
  const whole = "━━━━━━━━━━ pretrain  epoch 2/2 · took 4.0 s · loss 1.00 · 100 images/s\x1b[0K";
  for (const columns of [undefined, 0, 71]) assertStringIncludes(shown(true, columns), whole);
  assertStringIncludes(shown(true, 20), "━━━━━━━━━━ pretrain \x1b[0K");
});
