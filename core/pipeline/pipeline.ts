import * as z from "zod";
import { EspalierError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import { isPlainObject, jsonFlaw } from "../json.ts";
import { anyFunction, checkOptions, instance, type OptionFields } from "../plugin/options.ts";
import { tokenSchema } from "../plugin/token.ts";
import type { AddsOf, AnyPhase, EventsOfPhase, Pipeline } from "./phase.ts";

function isJsonObject(value: unknown): boolean {
  return Object(value) === value && jsonFlaw(value) === undefined;
}

const text = z.string().min(1);
const tokens = z.array(tokenSchema);
const fields = {
  name: text,
  version: text.optional(),
  options: instance("plain JSON", isJsonObject).optional(),
  uses: tokens,
  requires: tokens.optional(),
  asks: tokens.optional(),
  usesBudget: z.boolean().optional(),
  makes: z.array(text).optional(),
  check: anyFunction.optional(),
  run: anyFunction,
} satisfies OptionFields<AnyPhase>;
const literal = z.strictObject(fields);
/** An instance of a class may have fields of its own. */
const ofClass = z.object(fields);

/** Refuse what is no phase. */
function checkPhase(phase: AnyPhase): void {
  const isLiteral = typeof phase !== "object" || phase === null || isPlainObject(phase);
  const subject = `phase "${String(Object(phase).name)}"`;
  checkOptions(isLiteral ? literal : ofClass, phase, { subject });
}

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
      checkPhase(phase);
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
 * ERR_CONFIG_INVALID if it is none or its name is taken.
 */
export function pipeline(): Pipeline<object> {
  return extend<object, never>([]);
}
