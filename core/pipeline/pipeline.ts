import { EspalierError } from "../errors.ts";
import type { Phase, Pipeline } from "./phase.ts";

/** Any phase, whatever it needs. */
// deno-lint-ignore no-explicit-any -- phases of different needs in one list
export type AnyPhase = Phase<any, object>;

function checkName(phases: readonly AnyPhase[], { name }: AnyPhase): void {
  if (!phases.some((phase) => phase.name === name)) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot add a phase as its name must be unique in the pipeline: "${name}". ` +
      `Give one of the two another name.`,
  );
}

function extend<Have extends object>(phases: readonly AnyPhase[]): Pipeline<Have> {
  return Object.freeze({
    phases: Object.freeze(phases),
    phase<Needs extends object, Adds extends object>(
      phase: Phase<Needs, Adds>,
    ): Pipeline<Have & Adds> {
      checkName(phases, phase);
      return extend<Have & Adds>([...phases, phase]);
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
  return extend<object>([]);
}
