import { keyOf, type KeySource } from "./key.ts";
import type { AnyPhase } from "./phase.ts";

/** A phase before any work. */
export interface PlannedPhase {
  /** Its name. */
  readonly name: string;
  /** Content key of what it makes; absent for a phase without a version, and behind one. */
  readonly key?: string;
}

/** The content keys of phases, as far as they are known before any work. */
export async function planPhases(
  phases: readonly AnyPhase[],
  source: KeySource,
): Promise<readonly PlannedPhase[]> {
  const known = phases.findIndex(({ version }) => version === undefined);
  const keys: string[] = [];
  for (const phase of known < 0 ? phases : phases.slice(0, known)) {
    keys.push(await keyOf(phase, keys, source));
  }
  return phases.map(({ name }, i) => ({ name, ...keys[i] !== undefined && { key: keys[i] } }));
}
