/** A moment of a phase that works in epochs. */
export interface Moment {
  /** Name of the phase. */
  readonly phase: string;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
}

/** A number, or its value at every epoch of a phase. */
export type Schedule = number | ((at: Moment) => number);

/**
 * The value of a schedule.
 *
 * @param schedule The schedule.
 * @param at Phase and epoch.
 * @returns Its value.
 */
export function valueAt(schedule: Schedule, at: Moment): number {
  return typeof schedule === "number" ? schedule : schedule(at);
}
