import { filter, type OperatorFunction } from "rxjs";
import type { SerializedError } from "./errors.ts";
import type { Choices } from "./contracts/decision.ts";
import type { Metrics } from "./contracts/objective.ts";

/** Progress of a loop over epochs; `step` is absent at the end of an epoch. */
export interface EpochProgress {
  /** Name of the phase. */
  readonly phase: string;
  /** Epoch (or candidate), from 0. */
  readonly epoch: number;
  /** Epochs (or candidates) in all. */
  readonly epochs: number;
  /** Images per second since the loop began. */
  readonly imagesPerSecond: number;
  /** Mean loss of the epoch so far. */
  readonly loss?: number;
  /** The objective's metrics on the training batches of the epoch so far. */
  readonly metrics?: Metrics;
  /** Time since the phase began. */
  readonly elapsedMs: number;
  /** Estimated time left in the phase. */
  readonly remainingMs: number;
}

/** Position within an epoch. */
export interface StepPosition {
  /** Step, from 0. */
  readonly step: number;
  /** Steps of the epoch. */
  readonly steps: number;
}

/** What a search adds to progress. */
export interface SearchValues {
  /** True cost at this point, in the budget's unit. */
  readonly cost?: number;
  /** The budget's target. */
  readonly target: number;
  /** Scheduled and other values, as in `{ tau: 4.2 }`. */
  readonly values: Readonly<Record<string, number>>;
}

/** What went wrong at the end of a run, after its first reason. */
export interface LaterErrors {
  /** What failed while the first reason was handled; absent: nothing. */
  readonly also?: readonly SerializedError[];
}

/** Events that core itself emits, plain JSON. Every one carries the run's id. */
export type CoreEvent =
  & { readonly runId: string }
  & (
    | {
      readonly type: "run:start";
      readonly seed: number;
      readonly engine: string;
      readonly network: string;
      readonly phases: readonly string[];
      /** ISO 8601. */
      readonly time: string;
    }
    /** Installed plugins of which no phase resolves anything, as what a swap left over. */
    | { readonly type: "run:unused"; readonly plugins: readonly string[] }
    | {
      readonly type: "run:wait";
      /** Who has the run's folder, as in `process 17, since 2026-11-27T12:00:00.000Z`. */
      readonly owner: string;
    }
    /** The disk of the store may be too small for what the run makes. */
    | {
      readonly type: "run:disk";
      /** What the store may come to hold, at most about. */
      readonly neededBytes: number;
      /** What there is room for. */
      readonly freeBytes: number;
    }
    | { readonly type: "run:end"; readonly elapsedMs: number }
    | { readonly type: "run:fail"; readonly error: SerializedError } & LaterErrors
    | {
      readonly type: "run:abort";
      readonly elapsedMs: number;
      /** Whether a folder holds the phases that are done: the same run goes on behind them. */
      readonly resumable: boolean;
      /** Whose work did not end within the grace after the stop; absent: all of it ended. */
      readonly heldUpBy?: string;
    } & LaterErrors
    /** A subscriber threw; it gets no more events. */
    | { readonly type: "run:subscriber-error"; readonly error: SerializedError }
    /** The same run was stopped or died before, and goes on. */
    | {
      readonly type: "run:resume";
      /** The phase that it goes on with. */
      readonly phase: string;
      /** Part of that phase which is done, 0 to 1. */
      readonly done: number;
      /** Work of the phase that is done again; absent: all of it. */
      readonly lostMs?: number;
    }
    | {
      readonly type: "phase:start";
      readonly phase: string;
      /** Content key of what it makes; absent for a phase without a version. */
      readonly key?: string;
    }
    /** Unfinished work is on the disk. */
    | {
      readonly type: "phase:checkpoint";
      readonly phase: string;
      /** Part of the phase that is done, 0 to 1. */
      readonly done: number;
    }
    /** What was saved cannot be read: what was saved before it is taken. */
    | {
      readonly type: "phase:checkpoint-damaged";
      readonly phase: string;
      readonly error: SerializedError;
    }
    /** Unfinished work could not be saved; the work goes on. */
    | {
      readonly type: "phase:checkpoint-failed";
      readonly phase: string;
      readonly error: SerializedError;
    }
    /** Another run makes the same at this moment. */
    | { readonly type: "phase:wait"; readonly phase: string }
    | {
      readonly type: "phase:end";
      readonly phase: string;
      /** Whether the store had it already. */
      readonly cached: boolean;
      readonly elapsedMs: number;
    }
    | { readonly type: "train:step" } & EpochProgress & StepPosition
    | { readonly type: "train:epoch" } & EpochProgress
    | { readonly type: "search:step" } & EpochProgress & StepPosition & SearchValues
    | { readonly type: "search:epoch" } & EpochProgress & SearchValues
    | {
      readonly type: "search:repair";
      readonly phase: string;
      readonly before: Choices;
      readonly after: Choices;
      readonly costBefore: number;
      readonly costAfter: number;
    }
    | {
      /** What a search took, for comparisons at equal effort. */
      readonly type: "search:end";
      readonly phase: string;
      /** Name of the strategy. */
      readonly strategy: string;
      /** Images passed forward, also before the run was interrupted. */
      readonly images: number;
      /** Time since the search began, or went on. */
      readonly elapsedMs: number;
    }
    | {
      /** The pruned network was compared with the one that it was cut out of. */
      readonly type: "derive:check";
      readonly phase: string;
      readonly images: number;
      /** Largest difference of an output. */
      readonly difference: number;
    }
    | {
      readonly type: "evaluate:end";
      readonly phase: string;
      readonly images: number;
      readonly loss: number;
      readonly metrics: Metrics;
    }
  );

/** An event of a plugin: plain JSON; `type` is `"<plugin>/<what>"`. */
export interface PluginEvent {
  /** Discriminant. */
  readonly type: `${string}/${string}`;
}

/**
 * Keep only the events of the given types, narrowed.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { of } from "rxjs";
 * import { ofType } from "@espalier/core";
 *
 * const seen: number[] = [];
 * const events$ = of({ type: "a" as const, n: 1 }, { type: "b" as const });
 * events$.pipe(ofType("a")).subscribe((event) => seen.push(event.n));
 * assertEquals(seen, [1]);
 * ```
 *
 * @typeParam E The union of events on the stream.
 * @typeParam K The discriminants to keep.
 * @param types Discriminants to keep.
 * @returns An operator for `pipe`.
 */
export function ofType<E extends { readonly type: string }, const K extends E["type"]>(
  ...types: readonly K[]
): OperatorFunction<E, Extract<E, { readonly type: K }>> {
  const wanted = new Set<string>(types);
  return filter((event: E): event is Extract<E, { readonly type: K }> => wanted.has(event.type));
}
