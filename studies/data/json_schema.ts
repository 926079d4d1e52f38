import * as z from "zod";
import type { Registry } from "./registry.ts";
import { KINDS, studyDataSchema } from "./schema.ts";

type Schema = Record<string, unknown>;

/** A thing of another module. */
const FOREIGN: Schema = {
  type: "object",
  properties: {
    use: { type: "string" },
    options: { type: "object" },
    from: { type: "string", description: "module that exports it, by a path from this file" },
  },
  required: ["use", "from"],
  additionalProperties: false,
};

/** A name with its options, by the schema of its factory where that has one. */
function named(name: string, factory: unknown): Schema {
  const { jsonSchema } = factory as { readonly jsonSchema?: () => Schema };
  const { $schema: _, ...options } = jsonSchema?.() ?? { type: "object" };
  return {
    type: "object",
    properties: { use: { const: name }, options },
    required: ["use"],
    additionalProperties: false,
  };
}

/**
 * JSON Schema (draft 2020-12) of a study as data, for editors: with the names of a registry and the
 * options of its plugins.
 *
 * @param registry What names stand for.
 * @returns The schema.
 */
export function studyJsonSchema(registry: Registry): Record<string, unknown> {
  const schema = z.toJSONSchema(studyDataSchema, { io: "input", unrepresentable: "any" }) as Schema;
  const definitions = schema.$defs as Record<string, Schema>;
  for (const kind of KINDS) {
    const table: Readonly<Record<string, unknown>> = registry[kind];
    const names = Object.keys(table).sort();
    definitions[kind] = {
      anyOf: [
        { type: "string", enum: names },
        ...names.map((name) => named(name, table[name])),
        FOREIGN,
      ],
    };
  }
  return schema;
}
