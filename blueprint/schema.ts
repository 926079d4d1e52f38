import type { BlueprintNode } from "@espalier/core";
import * as z from "zod";
import { activation, natural } from "./ops/fields.ts";
import { OPS } from "./ops/table.ts";

const indices = z.array(natural);
const origin = z.strictObject({
  node: z.string().nullable(),
  inputs: indices,
  outputs: indices,
});

const source = z.strictObject({
  layer: z.string().min(1),
  path: z.string().optional(),
  norm: z.string().optional(),
  activation: z.string().optional(),
});

// Part of a name in weights and layers: no character that a file or Keras refuses in one.
const id = z.string().regex(
  /^[A-Za-z0-9][\w-]*(\/[\w-]+)*$/,
  "must be made of letters, digits, _ and -, with / between its parts",
);

const nodes = (Object.keys(OPS) as BlueprintNode["op"][]).map((op) => {
  const { arity, fields } = OPS[op];
  return z.strictObject({
    id,
    op: z.literal(op),
    inputs: z.array(z.string()).min(arity.least).max(arity.most),
    origin: origin.optional(),
    source: source.optional(),
    sharesWeightsOf: z.string().optional(),
    ...fields,
  });
});

/** Schema of the fields of a blueprint; `validateBlueprint` adds the rules of the graph. */
export const blueprintSchema = z.strictObject({
  name: z.string().min(1),
  nodes: z.array(z.discriminatedUnion("op", nodes as [typeof nodes[number]])).min(1),
  stages: z.array(z.strictObject({
    id,
    blocks: z.array(z.strictObject({ id, nodes: z.array(z.string()), output: z.string() })).min(1),
  })),
  output: z.string(),
  outputs: z.array(z.strictObject({
    node: z.string(),
    activation: activation.optional(),
    layer: z.string().optional(),
  })).min(1).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
