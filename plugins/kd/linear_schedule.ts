import type { Moment, Schedule } from "@espalier/core";

/**
 * A value that moves by the same amount every epoch, first + (last − first) · epoch / (epochs − 1).
 *
 * Source: Jafari, Rezagholizadeh, Sharma, Ghodsi, "Annealing Knowledge Distillation" (EACL 2021),
 * section 3, lowers a temperature step by step.
 *
 * @param first Value in the first epoch, and in an only one.
 * @param last Value in the last epoch; absent: the first.
 * @returns The schedule; a number if it stays.
 */
export function linearSchedule(first: number, last: number = first): Schedule {
  if (first === last) return first;
  return ({ epoch, epochs }: Moment) => first + (last - first) * epoch / Math.max(1, epochs - 1);
}
