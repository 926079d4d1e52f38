import type { RateSchedule } from "@espalier/core";

/** A moment of training. */
export interface RateMoment {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Share of the epoch that is over, 0 to 1. */
  readonly part: number;
}

/**
 * Learning rate at a moment: linear warm-up step by step, decay epoch by epoch, then `final`.
 *
 * @example Half a cosine
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { rateAt } from "@espalier/training";
 *
 * const schedule = { peak: 0.1, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 } as const;
 * assertAlmostEquals(rateAt(schedule, { epoch: 300, epochs: 600, part: 0 }), 0.05);
 * ```
 *
 * @param schedule The schedule.
 * @param moment The moment.
 * @returns The rate.
 */
export function rateAt(schedule: RateSchedule, { epoch, epochs, part }: RateMoment): number {
  const { peak, warmupEpochs, decay, final, holdEpochs } = schedule;
  if (epoch < warmupEpochs) return peak * (epoch + part) / warmupEpochs;
  const falling = epochs - holdEpochs;
  if (epoch >= falling && holdEpochs > 0) return final;
  if (decay === "constant") return peak;
  const progress = Math.min(1, (epoch - warmupEpochs) / falling);
  return final + (peak - final) * (1 + Math.cos(Math.PI * progress)) / 2;
}
