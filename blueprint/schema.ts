import { z } from "zod";

export const positive = z.int().positive();
const size = z.tuple([positive, positive]);
export const natural = z.int().nonnegative();
const padding = z.tuple([natural, natural, natural, natural]);
export const activation = z.enum(["relu", "relu6"]);
export const norm = z.strictObject({
  epsilon: z.number().positive(),
  momentum: z.number().min(0).max(1),
});
const indices = z.array(natural);
const origin = z.strictObject({
  node: z.string().nullable(),
  inputs: indices,
  outputs: indices,
});

// Part of a name in weights and layers: no character that a file or Keras refuses in one.
const id = z.string().regex(
  /^[A-Za-z0-9][\w-]*(\/[\w-]+)*$/,
  "must be made of letters, digits, _ and -, with / between its parts",
);

function node<Op extends string, Fields extends z.ZodRawShape>(
  op: Op,
  inputs: { readonly least: number; readonly most: number },
  fields: Fields,
) {
  return z.strictObject({
    id,
    op: z.literal(op),
    inputs: z.array(z.string()).min(inputs.least).max(inputs.most),
    origin: origin.optional(),
    ...fields,
  });
}

const none = { least: 0, most: 0 };
const one = { least: 1, most: 1 };
const two = { least: 2, most: 2 };
const convFields = {
  kernel: size,
  strides: size,
  padding,
  dilation: size,
  bias: z.boolean(),
  norm: norm.optional(),
  activation: activation.optional(),
};

const nodeSchema = z.discriminatedUnion("op", [
  node("input", none, { shape: z.tuple([positive, positive, positive]) }),
  node("conv", one, { ...convFields, channels: positive, searchNorm: norm.optional() }),
  node("depthwise-conv", one, convFields),
  node("norm", one, { norm, activation: activation.optional() }),
  node("activation", one, { activation }),
  node("add", two, {
    projection: z.strictObject({ norm: z.boolean() }),
    activation: activation.optional(),
  }),
  node("concat", { least: 2, most: Infinity }, {}),
  node("pool", one, { pool: z.enum(["max", "average"]), size, strides: size, padding }),
  node("global-pool", one, {}),
  node("flatten", one, {}),
  node("dense", one, {
    channels: positive,
    bias: z.boolean(),
    activation: activation.optional(),
  }),
  node("dropout", one, { rate: z.number().min(0).lt(1) }),
]);

/** Schema of the fields of a blueprint; `validateBlueprint` adds the rules of the graph. */
export const blueprintSchema = z.strictObject({
  name: z.string().min(1),
  nodes: z.array(nodeSchema).min(1),
  stages: z.array(z.strictObject({
    id,
    blocks: z.array(z.strictObject({ id, nodes: z.array(z.string()), output: z.string() })).min(1),
  })),
  output: z.string(),
});
