import { checkOptions, type CoreEvent, type OptionFields, withMethods } from "@espalier/core";
// @ts-types="./cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import process from "node:process";
import type { Observable, Subscription } from "rxjs";
import * as z from "zod";
import { zoneSchema } from "./options_schema.ts";
import { progressLine, type ProgressLineOptions } from "./progress_line.ts";

/** A stream for progress, such as standard error. */
export interface ProgressStream {
  /** Whether it is a terminal, where a line can be overwritten. */
  readonly isTTY?: boolean;
  /** Characters that fit into a line; 0 or absent: not known. */
  readonly columns?: number;
  /** Write text. */
  write(text: string): boolean;
}

/** How progress is shown. */
export interface ShowProgressOptions extends ProgressLineOptions {
  /**
   * Where to write.
   *
   * @default standard error
   */
  readonly stream?: ProgressStream;
}

const eventsSchema = z.strictObject({
  events$: withMethods<Observable<unknown>>("stream of events", "subscribe"),
});
const progressSchema = z.strictObject(
  {
    stream: withMethods<ProgressStream>("stream", "write").optional(),
    budget: zoneSchema.optional(),
  } satisfies OptionFields<ShowProgressOptions>,
);

/** Characters of a bar. */
const BAR = 10;

/** Where a line is cut if its terminal does not say how wide it is. */
const WIDE = 200;

/** A line that is overwritten until it is cleared. */
interface LiveLine {
  show(text: string, done: number): void;
  clear(): void;
}

function createLiveLine(stream: ProgressStream): LiveLine {
  const bar = new SingleBar<{ text: string }>({
    stream: {
      isTTY: true,
      get columns() {
        return stream.columns || WIDE;
      },
      write: (text) => stream.write(text),
    },
    format: (_options, { progress }, { text }) => {
      const full = Math.round(BAR * progress);
      return `${"━".repeat(full)}${"─".repeat(BAR - full)} ${text}`;
    },
    // Lines are cut, and the terminal keeps its modes: nothing is to be restored at any end.
    linewrap: true,
    hideCursor: false,
    clearOnComplete: true,
    // It would swallow the signal: npkgz/cli-progress#126.
    gracefulExit: false,
  });
  return {
    show(text, done) {
      if (bar.isActive) bar.update(done, { text });
      else bar.start(1, done, { text });
    },
    clear: () => bar.stop(),
  };
}

function doneOf(event: CoreEvent): number | undefined {
  if (event.type === "phase:start") return 0;
  if (!("epoch" in event)) return undefined;
  return (event.epoch + ("step" in event ? (event.step + 1) / event.steps : 1)) / event.epochs;
}

function createTerminal(stream: ProgressStream): (event: CoreEvent, line: string) => void {
  const live = createLiveLine(stream);
  let last: string | undefined;
  return (event, line) => {
    const done = doneOf(event);
    if (done !== undefined) {
      live.show(line, done);
      last = event.type === "phase:start" ? undefined : line;
      return;
    }
    live.clear();
    if (last !== undefined) stream.write(`${last}\n`);
    // The last epoch says more than the end of its phase, the time included.
    if (last === undefined || event.type !== "phase:end") stream.write(`${line}\n`);
    last = undefined;
  };
}

/**
 * Show a run: on a terminal one line per phase, which stays with its last values; elsewhere one line
 * per epoch. It listens to no signal; `stopOnSignal` does.
 *
 * @param events$ The events of a run.
 * @param options Where to write, and the budget.
 * @returns The subscription; it ends with the run.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function showProgress<E extends { readonly type: string }>(
  events$: Observable<E | CoreEvent>,
  options: ShowProgressOptions = {},
): Subscription {
  checkOptions(eventsSchema, { events$ }, { subject: "showProgress()" });
  checkOptions(progressSchema, options, { subject: "showProgress()" });
  const { stream = process.stderr } = options;
  const write = stream.isTTY ? createTerminal(stream) : (event: CoreEvent, line: string) => {
    if (!("step" in event)) stream.write(`${line}\n`);
  };
  return events$.subscribe((event) => {
    const line = progressLine(event as CoreEvent, options);
    if (line !== undefined) write(event as CoreEvent, line);
  });
}
