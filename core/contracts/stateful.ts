/**
 * A service whose answers depend on what it saw before, such as a multiplier that grows while a budget
 * is missed. Work that is saved in its middle saves these states with it; all other services must
 * depend on nothing but what they are given.
 */
export interface Stateful {
  /** A copy of its state, made of JSON and typed arrays. */
  readState?(): object;
  /** Go on from a state that {@linkcode Stateful.readState} gave. */
  writeState?(state: object): void;
}

/** States of services, null where one has none, to be saved with the work that uses them. */
export function readStates(services: readonly Stateful[]): (object | null)[] {
  return services.map((service) => service.readState?.() ?? null);
}

/** Give the same services the states that {@linkcode readStates} made. */
export function writeStates(
  services: readonly Stateful[],
  states: readonly (object | null)[],
): void {
  for (const [i, service] of services.entries()) {
    const state = states[i];
    if (state) service.writeState?.(state);
  }
}
