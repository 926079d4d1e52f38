/** The parts of JSON Schema (draft 2020-12) that zod writes and that are read here. */
export interface JsonSchema {
  /** Names what JSON cannot hold. */
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

const variants = (schema: JsonSchema): readonly JsonSchema[] =>
  [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => list ?? []);

function step(schema: JsonSchema, key: PropertyKey): JsonSchema[] {
  const { properties, additionalProperties, items, prefixItems } = schema;
  const own = typeof key === "number" ? prefixItems?.[key] ?? items : properties?.[String(key)];
  const other = typeof additionalProperties === "object" ? additionalProperties : undefined;
  const found = own ?? other;
  return [...found ? [found] : [], ...variants(schema).flatMap((variant) => step(variant, key))];
}

/** The schemas that may apply at a path; several below a union. */
export function schemasAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  return path.reduce<JsonSchema[]>((at, key) => at.flatMap((s) => step(s, key)), [schema]);
}

/** Names of the properties that a schema knows. */
export function propertyNames(schema: JsonSchema): string[] {
  return [...Object.keys(schema.properties ?? {}), ...variants(schema).flatMap(propertyNames)];
}

/** Texts of which a schema takes one. */
export function words(schema: JsonSchema): string[] {
  const own = [schema.const, ...schema.enum ?? []];
  return [...own.filter((value) => typeof value === "string"), ...variants(schema).flatMap(words)];
}

function bounds(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems } = schema;
  // zod bounds every integer by the safe integers, which is not worth saying.
  const shown = (n: number | undefined) => n !== undefined && Math.abs(n) < 2 ** 53 - 1;
  const parts = [
    shown(minimum) && `at least ${minimum}`,
    shown(exclusiveMinimum) && `above ${exclusiveMinimum}`,
    shown(maximum) && `at most ${maximum}`,
    shown(exclusiveMaximum) && `below ${exclusiveMaximum}`,
    minItems !== undefined && `${minItems} or more`,
    maxItems !== undefined && `${maxItems} or fewer`,
  ].filter((part) => typeof part === "string");
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

/** What a schema allows, in words, as in `number (at least 0) or "auto"`. */
export function describeSchema(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return choice.map(describeSchema).join(" or ");
  if (schema.type === "array") {
    const items = schema.prefixItems?.map(describeSchema).join(", ") ??
      (schema.items ? describeSchema(schema.items) : "anything");
    return `list of ${items}${bounds(schema)}`;
  }
  if (schema.type === "object" && schema.properties) {
    return `object with ${propertyNames(schema).join(", ")}`;
  }
  const pattern = schema.pattern ? ` that matches ${schema.pattern}` : "";
  return `${[schema.type ?? "any value"].flat().join(" or ")}${pattern}${bounds(schema)}`;
}
