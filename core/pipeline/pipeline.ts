import { EspalierError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import type { AddsOf, AnyPhase, EventsOfPhase, Pipeline } from "./phase.ts";

function checkName(phases: readonly AnyPhase[], { name }: AnyPhase): void {
  if (!phases.some((phase) => phase.name === name)) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot add a phase as its name must be unique in the pipeline: "${name}". ` +
      `Give one of the two another name.`,
  );
}

function extend<Have extends object, E extends PluginEvent>(
  phases: readonly AnyPhase[],
): Pipeline<Have, E> {
  return Object.freeze({
    phases: Object.freeze(phases),
    phase<P extends AnyPhase>(phase: P): Pipeline<Have & AddsOf<P>, E | EventsOfPhase<P>> {
      checkName(phases, phase);
      return extend<Have & AddsOf<P>, E | EventsOfPhase<P>>([...phases, phase]);
    },
  });
}

/**
 * Begin a pipeline. Its phases run in the order in which they are added. A phase does not compile
 * unless earlier ones make what it needs.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pipeline } from "@espalier/core";
 *
 * const phases = pipeline()
 *   .phase({ name: "one", uses: [], run: () => Promise.resolve({ one: 1 }) })
 *   .phase({
 *     name: "two",
 *     uses: [],
 *     run: (_context, have: { readonly one: number }) => Promise.resolve({ two: have.one + 1 }),
 *   });
 * assertEquals(phases.phases.length, 2);
 * ```
 *
 * @returns A pipeline without phases. Adding one throws an {@linkcode EspalierError}
 * ERR_CONFIG_INVALID if its name is taken.
 */
export function pipeline(): Pipeline<object> {
  return extend<object, never>([]);
}
