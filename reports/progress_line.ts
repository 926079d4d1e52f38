import type { BudgetZone, CoreEvent, Metrics } from "@espalier/core";
import {
  formatBytes,
  formatCount,
  formatDifference,
  formatDuration,
  formatMetric,
  formatNumber,
  formatShare,
  plainText,
} from "./format.ts";

/** What a line shows in addition to its event. */
export interface ProgressLineOptions {
  /**
   * The zone of the run: costs become shares of the unpruned network's.
   *
   * @default costs in their own unit
   */
  readonly budget?: BudgetZone | undefined;
}

type LoopEvent = Extract<
  CoreEvent,
  { readonly type: "train:step" | "train:epoch" | "search:step" | "search:epoch" }
>;

/** Width of the column of phase names. */
const NAME = 9;

function line(phase: string, parts: readonly (string | undefined)[]): string {
  return `${phase.padEnd(NAME)} ${parts.filter((part) => part !== undefined).join(" · ")}`;
}

function metricParts(metrics: Metrics, digits?: number): string[] {
  return Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value, digits)}`);
}

function amount(cost: number, budget: BudgetZone | undefined): string {
  return budget === undefined ? formatCount(cost) : formatShare(cost / budget.unpruned);
}

function searchParts(event: LoopEvent, { budget }: ProgressLineOptions): string[] {
  if (!("target" in event)) return [];
  const { cost, target, values } = event;
  const aim = `(target ${amount(target, budget)})`;
  const others = Object.entries(values).map(([name, value]) => `${name} ${formatNumber(value)}`);
  return cost === undefined ? others : [`cost ${amount(cost, budget)} ${aim}`, ...others];
}

function loopLine(event: LoopEvent, options: ProgressLineOptions): string {
  const { epoch, epochs, loss, metrics = {}, imagesPerSecond, remainingMs, elapsedMs } = event;
  const over = epoch + 1 === epochs && !("step" in event);
  return line(event.phase, [
    `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`,
    over ? `took ${formatDuration(elapsedMs)}` : `${formatDuration(remainingMs)} left`,
    ...metricParts(metrics),
    loss === undefined ? undefined : `loss ${formatNumber(loss)}`,
    ...searchParts(event, options),
    imagesPerSecond > 0 ? `${Math.round(imagesPerSecond)} images/s` : undefined,
  ]);
}

function abortLine(event: Extract<CoreEvent, { readonly type: "run:abort" }>): string {
  const { elapsedMs, heldUpBy, resumable } = event;
  const held = heldUpBy === undefined ? "" : `, without ${heldUpBy}, which did not end`;
  const next = resumable ? "; the same command goes on" : "";
  return `stopped after ${formatDuration(elapsedMs)}${held}${next}`;
}

function resumeLine(event: Extract<CoreEvent, { readonly type: "run:resume" }>): string {
  const { phase, done, lostMs } = event;
  const lost = lostMs !== undefined && `what is done again took ${formatDuration(lostMs)}`;
  return line(phase, [`goes on at ${Math.round(done * 100)} %`, ...lost ? [lost] : []]);
}

/**
 * One line of text for an event, without a line break or any other control character.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { progressLine } from "@espalier/reports";
 *
 * assertEquals(
 *   progressLine({ type: "phase:end", runId: "1", phase: "search", cached: true, elapsedMs: 3 }),
 *   "search    already in the store",
 * );
 * ```
 *
 * @param event The event.
 * @param options The budget, to say costs as shares.
 * @returns The line; undefined for an event that has none.
 */
export function progressLine(
  event: CoreEvent,
  options: ProgressLineOptions = {},
): string | undefined {
  const text = lineOf(event, options);
  return text && plainText(text);
}

function lineOf(event: CoreEvent, options: ProgressLineOptions): string | undefined {
  switch (event.type) {
    case "train:step":
    case "train:epoch":
    case "search:step":
    case "search:epoch":
      return loopLine(event, options);
    case "run:unused":
      return `no phase uses ${event.plugins.join(", ")}`;
    case "run:wait":
      return `waits for the folder, which ${event.owner} has`;
    case "run:disk":
      return `the disk may be too small: about ${formatBytes(event.neededBytes)} at most are ` +
        `needed, ${formatBytes(event.freeBytes)} are free`;
    case "run:resume":
      return resumeLine(event);
    case "phase:checkpoint-damaged":
      return line(event.phase, [`a saved state is damaged: ${event.error.message}`]);
    case "phase:checkpoint-failed":
      return line(event.phase, [`its state could not be saved: ${event.error.message}`]);
    case "phase:start":
      return line(event.phase, ["starts"]);
    case "phase:wait":
      return line(event.phase, ["waits for another run that computes the same"]);
    case "phase:end":
      return line(event.phase, [
        event.cached ? "already in the store" : `done in ${formatDuration(event.elapsedMs)}`,
      ]);
    case "search:repair": {
      const { costBefore, costAfter } = event;
      const [before, after] = [costBefore, costAfter].map((cost) => amount(cost, options.budget));
      return line(event.phase, [`moved into the budget's zone: cost ${before} → ${after}`]);
    }
    case "search:end": {
      const { images, elapsedMs } = event;
      return line(event.phase, [`took ${images} images and ${formatDuration(elapsedMs)}`]);
    }
    case "derive:check": {
      const { images, difference } = event;
      return line(event.phase, [
        `outputs of ${images} images differ by ${formatDifference(difference)} at most`,
      ]);
    }
    case "evaluate:end":
      return line(event.phase, [
        `${metricParts(event.metrics, 2).join(" · ")} on ${event.images} images`,
        `loss ${formatNumber(event.loss)}`,
      ]);
    case "run:fail":
      return `failed: ${event.error.message}`;
    case "run:subscriber-error":
      return `a subscriber threw and gets no more events: ${event.error.message}`;
    case "run:abort":
      return abortLine(event);
    case "run:end":
      return `finished in ${formatDuration(event.elapsedMs)}`;
    case "run:start":
      return `${event.network} on ${event.engine}, seed ${event.seed}: ${event.phases.join(", ")}`;
  }
}
