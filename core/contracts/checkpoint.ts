/** How much is done when a checkpoint is saved. */
export interface SaveOptions {
  /**
   * Part of the work that is done, 0 to 1.
   *
   * @default {0}
   */
  readonly done?: number;
}

/**
 * Keeps the unfinished work of a phase, so that a run that died goes on in the middle of it. A state
 * is made of JSON and typed arrays, like an artifact, as in `{ tensors, json }`; it must hold all that
 * the rest of the work depends on, so that the work ends as if it had never been interrupted.
 */
export interface Checkpoint {
  /**
   * The state that was saved last by a run of the same content key; undefined where the work begins.
   * A damaged one is skipped for the one before it.
   *
   * @typeParam S What this phase or strategy saves.
   */
  latest<S extends object>(): Promise<S | undefined>;
  /** Part of the work that {@linkcode Checkpoint.latest} had done, 0 to 1. */
  readonly done: number;
  /**
   * Whether it is time to save: after a step, when the run's `checkpoint` option says so; after an
   * epoch, as long as the work stands still for at most a hundredth of the time; always when the run is
   * stopped.
   */
  due(after: "step" | "epoch"): boolean;
  /**
   * Save a state; the last two are kept. Copied before this returns; it waits for the writing for a
   * hundredth of the time since the last one, then the work goes on meanwhile.
   * A write that fails is an event `phase:checkpoint-failed`, and the work goes on.
   *
   * @throws {EspalierError} ERR_PHASE_MISUSE for a state that is not made of JSON and typed arrays.
   */
  save(state: object, options?: SaveOptions): Promise<void>;
}

/** For work that nobody can go on with: nothing is saved. */
export const NO_CHECKPOINT: Checkpoint = {
  done: 0,
  latest: () => Promise.resolve(undefined),
  due: () => false,
  save: () => Promise.resolve(),
};
