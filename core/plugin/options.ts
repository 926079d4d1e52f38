import * as z from "zod";
import { EspalierError, type EspalierErrorCode } from "../errors.ts";
import { isPlainObject, jsonFlaw, nameOf, pathText } from "../json.ts";
import {
  describeSchema,
  type JsonSchema,
  propertyNames,
  schemasAt,
  words,
} from "./describe_schema.ts";
import { nearest } from "./nearest.ts";

/** Whose options are parsed, for {@linkcode parseOptions} and {@linkcode checkOptions}. */
export interface ParseOptions {
  /** Subject of the message, as in `plugin "kd"` or `phase "train"`. */
  readonly subject: string;
  /**
   * Code of the error.
   *
   * @default {"ERR_CONFIG_INVALID"}
   */
  readonly code?: EspalierErrorCode;
  /** Name of the plugin whose options they are. */
  readonly plugin?: string;
}

/** JSON Schema (draft 2020-12) of what a schema accepts. */
export function toJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => Object(at)[key], input);
}

function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (jsonFlaw(value) !== undefined) return nameOf(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function ask(found: unknown, known: readonly string[]): string {
  const meant = typeof found === "string" ? nearest(found, known) : undefined;
  return meant === undefined ? "" : `did you mean "${meant}"? `;
}

function describeUnknown(key: string, path: readonly PropertyKey[], known: string[]): string {
  const names = known.length > 0 ? `valid names: ${known.join(", ")}` : "there are none";
  return `option "${pathText([...path, key])}" is unknown (${ask(key, known)}${names})`;
}

function describeIssue(issue: z.core.$ZodIssue, schema: JsonSchema, input: unknown): string[] {
  const at = schemasAt(schema, issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = [...new Set(at.flatMap(propertyNames))];
    return issue.keys.map((key) => describeUnknown(key, issue.path, known));
  }
  const thing = issue.path.length === 0 ? "the value" : `option "${pathText(issue.path)}"`;
  const value = valueAt(input, issue.path);
  const allowed = [...new Set(at.map(describeSchema))].join(" or ");
  const rule = allowed === "" ? "" : `, allowed: ${allowed}`;
  return [`${thing} is ${show(value)}${rule} (${ask(value, at.flatMap(words))}${issue.message})`];
}

function invalid(reasons: readonly string[], about: ParseOptions, cause?: unknown): EspalierError {
  const { subject, code = "ERR_CONFIG_INVALID", plugin } = about;
  return new EspalierError(
    code,
    `Cannot configure ${subject} as its options must be valid: ${reasons.join("; ")}. ` +
      `Correct what you passed.`,
    { ...plugin === undefined ? {} : { plugin }, cause },
  );
}

/** A `Promise` or a `Map`, in which a schema of optional names finds nothing to refuse. */
function isOther(input: unknown): boolean {
  return Object(input) === input && Object.keys(input as object).length === 0 &&
    !Array.isArray(input) && !isPlainObject(input as object);
}

function parse<Options>(schema: z.ZodType<Options>, input: unknown, about: ParseOptions): Options {
  const result = schema.safeParse(input === undefined ? {} : input);
  if (result.success && !isOther(input)) return result.data;
  const json = toJsonSchema(schema) as JsonSchema;
  if (result.success) {
    throw invalid([`the value is ${nameOf(input)}, allowed: ${describeSchema(json)}`], about);
  }
  const reasons = result.error.issues.flatMap((issue) => describeIssue(issue, json, input));
  throw invalid(reasons, about, result.error);
}

/**
 * Schemas of the options of a function, one for each name: `z.strictObject({ … } satisfies
 * OptionFields<MyOptions>)` does not compile if a name is missing.
 *
 * @typeParam Options The options.
 */
export type OptionFields<Options> = { readonly [Name in keyof Options]-?: z.ZodType };

/**
 * Schema of what JSON cannot hold, such as a function or an instance of a class.
 *
 * @param title What it is, for messages.
 * @param isOne Whether a value is one.
 * @param advice What to do with a value that is none.
 * @returns The schema; a value passes it as it is.
 */
export function instance<T>(
  title: string,
  isOne: (value: unknown) => boolean,
  advice: (value: unknown) => string = () => `expected ${title}`,
): z.ZodType<T> {
  return z.custom<T>(isOne, { error: ({ input }) => advice(input) }).meta({ title });
}

/**
 * Schema of an object by the methods that it has.
 *
 * @param title What it is, for messages.
 * @param methods Names of the methods.
 * @returns The schema.
 */
export function withMethods<T>(title: string, ...methods: readonly (keyof T)[]): z.ZodType<T> {
  const has = (value: unknown, name: keyof T) => typeof Object(value)[name] === "function";
  return instance(title, (value) => methods.every((name) => has(value, name)));
}

/** Schema of `{ path }`. */
export const pathSchema: z.ZodType = z.strictObject({ path: z.string().min(1) });

/** Schema of a function. */
export const anyFunction: z.ZodType<(...args: never[]) => unknown> = instance(
  "function",
  (value) => typeof value === "function",
);

/**
 * Refuse options with unknown names or invalid values, whatever they hold. Nothing is copied.
 *
 * @example Usage
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkOptions, EspalierError } from "@espalier/core";
 * import * as z from "zod";
 *
 * const schema = z.strictObject({ seed: z.int().min(0).optional() });
 * assertThrows(
 *   () => checkOptions(schema, { sed: 1 }, { subject: "draw()" }),
 *   EspalierError,
 *   'option "sed" is unknown (did you mean "seed"? valid names: seed)',
 * );
 * ```
 *
 * @param schema A `z.strictObject`.
 * @param input The options as the user wrote them; undefined means `{}`.
 * @param about Whose options they are.
 * @throws {EspalierError} As {@linkcode parseOptions}.
 */
export function checkOptions(schema: z.ZodType, input: unknown, about: ParseOptions): void {
  parse(schema, input, about);
}

/**
 * Validate options and fill in their defaults.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseOptions } from "@espalier/core";
 * import * as z from "zod";
 *
 * const schema = z.strictObject({ epochs: z.int().min(1).default(10) });
 * assertEquals(parseOptions(schema, {}, { subject: 'phase "distil"' }), { epochs: 10 });
 * ```
 *
 * @typeParam Options What comes out.
 * @typeParam Input What goes in.
 * @param schema A `z.strictObject`.
 * @param input The options as the user wrote them; undefined means `{}`.
 * @param about Whose options they are.
 * @returns The options: JSON.
 * @throws {EspalierError} `code`. The message names every invalid option, what was found and what
 * is allowed; for an unknown option, the valid names and the nearest of them.
 */
export function parseOptions<Options, Input>(
  schema: z.ZodType<Options, Input>,
  input: Input | undefined,
  about: ParseOptions,
): Options {
  const options = parse(schema, input, about);
  const flaw = jsonFlaw(options);
  if (flaw === undefined) return options;
  throw invalid([`option "${flaw.path}" is ${flaw.found}, which is not JSON`], about);
}
