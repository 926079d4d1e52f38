/** How the temperature falls over a search. */
export interface TauSchedule {
  /** Temperature of the first epoch. */
  readonly from: number;
  /** Temperature at the end. */
  readonly to: number;
  /**
   * `linear`: reaches `to` in the last epoch, as the paper. `cosine`: would reach `to` one epoch
   * after the last, as the official code.
   */
  readonly schedule: "linear" | "cosine";
}

/**
 * The temperature in an epoch.
 *
 * Source: TAS, section 4.1 (linear from 10 to 0.1); the official code (cosine from 5 to 0.1).
 *
 * @example The paper's
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tauAt } from "@espalier/plugin-gumbel-softmax";
 *
 * const tau = { from: 10, to: 0.1, schedule: "linear" } as const;
 * assertEquals(tauAt(tau, { epoch: 0, epochs: 600 }), 10);
 * ```
 *
 * @param tau The schedule.
 * @param at Epoch, from 0, and epochs in all.
 * @returns The temperature, > 0.
 */
export function tauAt(
  { from, to, schedule }: TauSchedule,
  { epoch, epochs }: { readonly epoch: number; readonly epochs: number },
): number {
  if (schedule === "cosine") {
    return to + (from - to) * (1 + Math.cos(Math.PI * epoch / epochs)) / 2;
  }
  const last = epochs - 1;
  return last > 0 ? to + (from - to) * (last - epoch) / last : to;
}
