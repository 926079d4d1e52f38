import type { CoreEvent, PluginEvent, SerializedError } from "@espalier/core";
import type { Cell } from "../axes/contract.ts";

/** A run that an event tells of. */
export interface OfRun {
  /** Its cell. */
  readonly cell: Cell;
  /** Its seed. */
  readonly seed: number;
}

/** Events of a study, plain JSON. */
export type StudyEvent =
  | {
    readonly type: "study/start";
    /** Runs in all. */
    readonly runs: number;
    /** Runs that are over already. */
    readonly over: number;
    /** Phases in all, those that several runs need once. */
    readonly phases: number;
    /** Phases that the store has. */
    readonly there: number;
    /** Worker processes; 0: the study's own process works. */
    readonly workers: number;
  }
  | { readonly type: "study/run-start" } & OfRun
  | { readonly type: "study/run-end"; readonly elapsedMs: number } & OfRun
  /** A run failed; the others go on. */
  | { readonly type: "study/run-fail"; readonly error: SerializedError } & OfRun
  /** A worker process died; its run goes on elsewhere from its last checkpoint. */
  | { readonly type: "study/worker-lost"; readonly reason: string } & OfRun
  /** Fewer workers than asked for, as there is no memory for more. */
  | { readonly type: "study/memory"; readonly neededBytes: number; readonly freeBytes: number }
  /** What a run told. */
  | { readonly type: "study/event"; readonly event: CoreEvent | PluginEvent } & OfRun;
