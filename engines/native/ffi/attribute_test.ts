import { assertEquals, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { testContext } from "../testing.ts";
import { type Attribute, encodeAttributes } from "./attribute.ts";
import type { EagerContext, TensorId } from "./eager_context.ts";

const text = new TextEncoder();
const float = { name: "T", kind: "type", value: "float32" } as const;

function vector(context: EagerContext, ...values: number[]): TensorId {
  return context.tensor([values.length], "float32", Float32Array.from(values));
}

function run(
  context: EagerContext,
  op: string,
  attributes: Attribute[],
  ...inputs: TensorId[]
): unknown[] {
  const [output] = context.execute(op, encodeAttributes(...attributes), inputs);
  return [...context.read(output!)];
}

testContext("encodeAttributes() sets a string, also an empty one", (context) => {
  const join = (separator: string | Uint8Array) => {
    const inputs = ["a", "b"].map((word) => context.tensor([], "string", [text.encode(word)]));
    const [bytes] = run(context, "StringJoin", [
      { name: "N", kind: "int", value: 2 },
      { name: "separator", kind: "string", value: separator },
    ], ...inputs) as Uint8Array[];
    return new TextDecoder().decode(bytes);
  };
  assertEquals(join(", "), "a, b");
  assertEquals(join(""), "ab");
  assertEquals(join(text.encode("é")), "aéb");
});

testContext("encodeAttributes() sets a list of strings", (context) => {
  const x = context.tensor([1, 1], "float32", Float32Array.of(2));
  const w = context.tensor([1, 2], "float32", Float32Array.of(3, -3));
  const fused = (...ops: string[]) =>
    run(
      context,
      "_FusedMatMul",
      [
        { name: "num_args", kind: "int", value: 1 },
        { name: "fused_ops", kind: "string[]", value: ops },
      ],
      x,
      w,
      vector(context, 1, 1),
    );
  assertEquals(fused("BiasAdd"), [7, -5]);
  assertEquals(fused("BiasAdd", "Relu"), [7, 0]);
});

testContext("encodeAttributes() sets whole numbers, also as bigint", (context) => {
  const pack = (axis: number | bigint) =>
    run(
      context,
      "Pack",
      [
        float,
        { name: "N", kind: "int", value: 2n },
        { name: "axis", kind: "int", value: axis },
      ],
      vector(context, 1, 2),
      vector(context, 3, 4),
    );
  assertEquals(pack(0), [1, 2, 3, 4]);
  assertEquals(pack(-1n), [1, 3, 2, 4]);
});

testContext("encodeAttributes() sets a list of whole numbers, also an empty one", (context) => {
  const x = context.tensor([1, 3, 1], "float32", Float32Array.of(1, 2, 3));
  const squeeze = (axes: number[]) => {
    const attributes = encodeAttributes({ name: "squeeze_dims", kind: "int[]", value: axes });
    return context.shape(context.execute("Squeeze", attributes, [x])[0]!);
  };
  assertEquals(squeeze([2]), [1, 3]);
  assertEquals(squeeze([]), [3]);
});

testContext("encodeAttributes() sets a float", (context) => {
  const attributes: Attribute[] = [{ name: "alpha", kind: "float", value: 0.25 }];
  assertEquals(run(context, "LeakyRelu", attributes, vector(context, -4, 4)), [-1, 4]);
});

testContext("encodeAttributes() sets a list of floats", (context) => {
  const attributes: Attribute[] = [{ name: "boundaries", kind: "float[]", value: [0, 1.5] }];
  assertEquals(run(context, "Bucketize", attributes, vector(context, -1, 1, 2)), [0, 1, 2]);
});

testContext("encodeAttributes() sets a boolean", (context) => {
  const a = context.tensor([2, 1], "float32", Float32Array.of(1, 2));
  const product = (isTransposed: boolean) =>
    run(
      context,
      "MatMul",
      [{ name: "transpose_a", kind: "bool", value: isTransposed }],
      a,
      isTransposed ? a : context.tensor([1, 1], "float32", Float32Array.of(3)),
    );
  assertEquals(product(true), [5]);
  assertEquals(product(false), [3, 6]);
});

testContext("encodeAttributes() sets a list of booleans", (context) => {
  const matrix = context.tensor([1, 1], "float32", Float32Array.of(1));
  // No op of TensorFlow takes one, so the refusal shows what arrived.
  const wrong: Attribute[] = [{ name: "transpose_a", kind: "bool[]", value: [true, false] }];
  const error = assertThrows(
    () => run(context, "MatMul", wrong, matrix, matrix),
    EspalierError,
    "list(bool)",
  );
  assertEquals(error.code, "ERR_ENGINE_FAILED");
});

testContext("encodeAttributes() sets a type", (context) => {
  const attributes: Attribute[] = [{ name: "DstT", kind: "type", value: "int64" }];
  assertEquals(run(context, "Cast", attributes, vector(context, 2.5)), [2n]);
});

testContext("encodeAttributes() sets a list of types", (context) => {
  const inputs = [vector(context, 1), context.tensor([], "int32", Int32Array.of(2))];
  const attributes = encodeAttributes({ name: "T", kind: "type[]", value: ["float32", "int32"] });
  const outputs = context.execute("IdentityN", attributes, inputs, 2);
  assertEquals(outputs.map((id) => [context.dtype(id), ...context.read(id)]), [
    ["float32", 1],
    ["int32", 2],
  ]);
});

testContext("encodeAttributes() sets a shape, also with unknown parts", (context) => {
  const ensure = (shape: readonly number[] | null) =>
    run(context, "EnsureShape", [{ name: "shape", kind: "shape", value: shape }], input);
  const input = context.tensor([1, 2], "float32", Float32Array.of(1, 2));
  for (const shape of [[1, 2], [-1, 2], null]) assertEquals(ensure(shape), [1, 2]);
  assertThrows(() => ensure([2, 2]), EspalierError, "EnsureShape");
  assertThrows(() => ensure([]), EspalierError, "EnsureShape");
  const endless = Array.from({ length: 300 }, () => 1);
  assertThrows(() => ensure(endless), EspalierError, "Cannot set shape [1,1");
});

testContext("encodeAttributes() sets a list of shapes", (context) => {
  const types: Attribute = {
    name: "component_types",
    kind: "type[]",
    value: ["float32", "float32"],
  };
  const components: Attribute = { ...types, name: "Tcomponents" };
  const [queue] = context.execute(
    "FIFOQueueV2",
    encodeAttributes(types, { name: "shapes", kind: "shape[]", value: [[2], []] }),
    [],
  );
  const enqueue = (second: TensorId) =>
    context.execute("QueueEnqueueV2", encodeAttributes(components), [
      queue!,
      vector(context, 1, 2),
      second,
    ], 0);
  assertEquals(enqueue(context.tensor([], "float32", Float32Array.of(3))), []);
  assertThrows(() => enqueue(vector(context, 3)), EspalierError, "QueueEnqueueV2");
  const unknown: Attribute = {
    name: "shapes",
    kind: "shape[]",
    value: [Array.from({ length: 300 }, () => 1), null],
  };
  assertThrows(
    () => context.execute("FIFOQueueV2", encodeAttributes(types, unknown), []),
    EspalierError,
    "Cannot set 2 shapes",
  );
});

testContext("encodeAttributes() sets a tensor", (context) => {
  const value = { shape: [2], dtype: "int32", values: Int32Array.of(3, 4) } as const;
  assertEquals(
    run(context, "Const", [
      { name: "value", kind: "tensor", value },
      { name: "dtype", kind: "type", value: "int32" },
    ]),
    [3, 4],
  );
});

testContext("encodeAttributes() sets the name of a function", (context) => {
  const call: Attribute[] = [
    { name: "Tin", kind: "type[]", value: [] },
    { name: "Tout", kind: "type[]", value: ["float32"] },
    { name: "f", kind: "function", value: "not_there" },
  ];
  assertThrows(() => run(context, "PartitionedCall", call), EspalierError, "not_there");
});

testContext("encodeAttributes() serves any number of calls", (context) => {
  const attributes = encodeAttributes(float);
  const x = vector(context, -1, 1);
  for (let i = 0; i < 3; i++) {
    const [y] = context.execute("Relu", attributes, [x]);
    assertEquals([...context.read(y!)], [0, 1]);
  }
});
