import { costOf, params } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";

/** Bytes of a number. */
const BYTES = 4;

/** States of unfinished work at once: two are kept while the next one is written. */
const STATES = 3;

/** Arrays of a state that are as large as the weights: these and the optimizer's slot. */
const ARRAYS = 2;

/**
 * Bytes that the store of a run may come to hold: 4 P (n + 3 · 2), for P parameters of the unpruned
 * network and n phases, each of which leaves one network at most. Candidates that are wider than it come
 * on top.
 */
export function neededBytes(blueprint: Blueprint, phases: number): number {
  const { total } = costOf(blueprint, { name: "params", unit: "parameters", cost: params });
  return BYTES * total * (phases + STATES * ARRAYS);
}
