import { z } from "zod";
import { EspalierError, type EspalierErrorCode } from "../errors.ts";
import { jsonFlaw, pathText } from "../json.ts";
import { describeSchema, type JsonSchema, propertyNames, schemasAt } from "./describe_schema.ts";
import { nearest } from "./nearest.ts";

/** Whose options are parsed, for {@linkcode parseOptions}. */
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
  if (typeof value === "function" || typeof value === "bigint" || typeof value === "symbol") {
    return `a ${typeof value}`;
  }
  if (value === undefined || typeof value === "number") return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function describeUnknown(key: string, path: readonly PropertyKey[], known: string[]): string {
  const meant = nearest(key, known);
  const names = known.length > 0 ? `valid names: ${known.join(", ")}` : "there are none";
  const question = meant === undefined ? "" : `did you mean "${meant}"? `;
  return `option "${pathText([...path, key])}" is unknown (${question}${names})`;
}

function describeIssue(issue: z.core.$ZodIssue, schema: JsonSchema, input: unknown): string[] {
  const at = schemasAt(schema, issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = [...new Set(at.flatMap(propertyNames))];
    return issue.keys.map((key) => describeUnknown(key, issue.path, known));
  }
  const thing = issue.path.length === 0 ? "the value" : `option "${pathText(issue.path)}"`;
  const allowed = [...new Set(at.map(describeSchema))].join(" or ");
  const rule = allowed === "" ? "" : `, allowed: ${allowed}`;
  return [`${thing} is ${show(valueAt(input, issue.path))}${rule} (${issue.message})`];
}

/**
 * Validate options and fill in their defaults.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseOptions } from "@espalier/core";
 * import { z } from "zod";
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
  const { subject, code = "ERR_CONFIG_INVALID", plugin } = about;
  const fail = (reasons: readonly string[], cause?: unknown) =>
    new EspalierError(
      code,
      `Cannot configure ${subject} as its options must be valid: ${reasons.join("; ")}. ` +
        `Correct what you passed.`,
      { ...plugin === undefined ? {} : { plugin }, cause },
    );
  const result = schema.safeParse(input === undefined ? {} : input);
  if (!result.success) {
    const json = toJsonSchema(schema) as JsonSchema;
    throw fail(result.error.issues.flatMap((i) => describeIssue(i, json, input)), result.error);
  }
  const flaw = jsonFlaw(result.data);
  if (flaw === undefined) return result.data;
  throw fail([`option "${flaw.path}" is ${flaw.found}, which is not JSON`]);
}
