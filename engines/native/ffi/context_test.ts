import { assert, assertEquals, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { testContext } from "../testing.ts";
import { encodeAttributes } from "./attribute.ts";
import { encodeConfig } from "./config.ts";
import type { EagerContext, TensorId } from "./eager_context.ts";
import { type DType, dtypeName, DTYPES, type TensorValues } from "./dtype.ts";

const text = new TextEncoder();
const NONE = encodeAttributes();

function failure(run: () => unknown, part: string): void {
  assertEquals(assertThrows(run, EspalierError, part).code, "ERR_ENGINE_FAILED");
}

function vector(context: EagerContext, ...values: number[]): TensorId {
  return context.tensor([values.length], "float32", Float32Array.from(values));
}

const VALUES: Readonly<Partial<Record<DType, TensorValues>>> = {
  float32: Float32Array.of(-1.5, 3e38),
  float64: Float64Array.of(-1.5, 1e300),
  int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  uint8: Uint8Array.of(0, 255),
  int16: Int16Array.of(-32768, 32767),
  int8: Int8Array.of(-128, 127),
  string: [text.encode("short"), new Uint8Array()],
  complex64: Float32Array.of(1, -2, 3, -4),
  int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  bool: Uint8Array.of(0, 1),
  bfloat16: Uint16Array.of(0x3fc0, 0xbf80),
  uint16: Uint16Array.of(0, 65535),
  complex128: Float64Array.of(1, -2, 3, -4),
  float16: Uint16Array.of(0x3e00, 0xbc00),
  uint32: Uint32Array.of(0, 2 ** 32 - 1),
  uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
};

for (const [name, values] of Object.entries(VALUES)) {
  testContext(`EagerContext keeps the values of ${name}`, (context) => {
    const dtype = name as DType;
    const [copy] = context.execute("Identity", NONE, [context.tensor([2], dtype, values)]);
    assertEquals(context.read(copy!), values);
    assertEquals([context.dtype(copy!), context.shape(copy!)], [dtype, [2]]);
    const empty = context.tensor([0, 3], dtype, values.slice(0, 0));
    assertEquals([context.read(empty).length, context.shape(empty)], [0, [0, 3]]);
  });
}

testContext("EagerContext.tensor() gives halves as TensorFlow has them", (context) => {
  const cast = (dtype: DType) =>
    context.read(
      context.execute("Cast", encodeAttributes({ name: "DstT", kind: "type", value: dtype }), [
        vector(context, 1.5, -1),
      ])[0]!,
    );
  assertEquals(cast("float16"), VALUES.float16!);
  assertEquals(cast("bfloat16"), VALUES.bfloat16!);
});

testContext("EagerContext.tensor() keeps long strings", (context) => {
  const strings = [text.encode("x".repeat(1000)), text.encode("ü")];
  assertEquals(context.read(context.tensor([2], "string", strings)), strings);
});

testContext("EagerContext.tensor() copies its values", (context) => {
  const values = Float32Array.of(1, 2);
  const id = context.tensor([2], "float32", values);
  values[0] = 9;
  assertEquals(context.read(id), Float32Array.of(1, 2));
});

testContext("EagerContext.tensor() takes part of a larger buffer", (context) => {
  const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  assertEquals(context.read(context.tensor([2], "float32", values)), Float32Array.of(2, 3));
});

testContext("EagerContext.tensor() refuses what does not fit", (context) => {
  const one = Float32Array.of(1);
  failure(() => context.tensor([2], "float32", one), "take 8 bytes: found 4");
  failure(() => context.tensor([1], "float64", one), "take 8 bytes: found 4");
  failure(() => context.tensor([-1], "float32", one), "found [-1]");
  failure(() => context.tensor([NaN], "float32", one), "found [NaN]");
  failure(() => context.tensor([1.5], "float32", one), "found [1.5]");
  failure(() => context.tensor([1], "float32", [new Uint8Array(4)]), "found strings");
  failure(() => context.tensor([1], "string", one), "found numbers");
  failure(() => context.tensor([2], "string", [new Uint8Array()]), "holds 2 strings: found 1");
  failure(() => context.tensor([], "resource", one), "holds no values");
  assertEquals(context.numTensors, 0);
});

testContext("EagerContext.allocate() makes a tensor that is written at its address", (context) => {
  const id = context.allocate([2, 3]);
  assertEquals([context.shape(id), context.dtype(id)], [[2, 3], "float32"]);
  const pointer = Deno.UnsafePointer.create(context.address(id))!;
  new Float32Array(Deno.UnsafePointerView.getArrayBuffer(pointer, 24)).set([1, 2, 3, 4, 5, 6]);
  const [negative] = context.execute("Neg", NONE, [id]);
  assertEquals(context.read(negative!), Float32Array.of(-1, -2, -3, -4, -5, -6));
  assertEquals(context.address(id), context.address(id));
  failure(() => context.allocate([-1]), "found [-1]");
  failure(() => context.address(10 ** 9), "is not there");
});

testContext("EagerContext.readInto() fills an array, also a shared one", (context) => {
  const shared = new Float32Array(new SharedArrayBuffer(16)).subarray(1, 3);
  context.readInto(vector(context, 1, 2), shared);
  assertEquals([...shared], [1, 2]);
  context.readInto(context.tensor([0], "float32", new Float32Array()), new Float32Array());
  failure(() => context.readInto(vector(context, 1), shared), "4 bytes: found 8");
});

testContext("EagerContext.execute() passes TensorFlow's message on", (context) => {
  const x = vector(context, 1);
  failure(() => context.execute("NotThere", NONE, [x]), "NOT_FOUND");
  failure(() => context.execute("MatMul", NONE, [x, x]), "INVALID_ARGUMENT");
  failure(() => context.execute("Relu", NONE, []), "Cannot run Relu");
  failure(() => context.execute("Relu", NONE, [x, x]), "Cannot run Relu");
  failure(() => context.execute("Cast", NONE, [x]), "Cannot run Cast");
  assertEquals(context.numTensors, 1);
  // A failure leaves nothing behind: the next call is right.
  assertEquals(context.read(context.execute("Neg", NONE, [x])[0]!), Float32Array.of(-1));
});

testContext("EagerContext.execute() gives any number of outputs", (context) => {
  const axis = context.tensor([], "int32", Int32Array.of(0));
  const values = Array.from({ length: 40 }, (_, i) => i);
  const split = encodeAttributes({ name: "num_split", kind: "int", value: 40 });
  const inputs = [axis, vector(context, ...values)];
  const outputs = context.execute("Split", split, inputs, 40);
  assertEquals(outputs.map((id) => context.read(id)[0]), values);
  failure(() => context.execute("Split", split, inputs, 39), "Cannot run Split");
});

testContext("EagerContext knows a tensor that is not there", (context) => {
  const x = vector(context, 1);
  context.dispose(x);
  failure(() => context.read(x), `tensor ${x} as it is not there`);
  failure(() => context.shape(x), "not there");
  failure(() => context.dtype(x), "not there");
  failure(() => context.dispose(x), "not there");
  failure(() => context.execute("Relu", NONE, [x]), "not there");
});

testContext("EagerContext counts tensors, and frees them when it is closed", (context) => {
  const [y] = context.execute("Relu", NONE, [vector(context, 1)]);
  assertEquals(context.numTensors, 2);
  context.dispose(y!);
  assertEquals(context.numTensors, 1);
  context.close();
  assertEquals(context.numTensors, 0);
  failure(() => vector(context, 1), "it was closed");
  failure(() => context.execute("NoOp", NONE, [], 0), "it was closed");
});

testContext("EagerContext reads no resource and no variant", (context) => {
  const variable = encodeAttributes(
    { name: "dtype", kind: "type", value: "float32" },
    { name: "shape", kind: "shape", value: [1] },
  );
  const [handle] = context.execute("VarHandleOp", variable, []);
  assertEquals(context.dtype(handle!), "resource");
  failure(() => context.read(handle!), "resource");
  const [list] = context.execute(
    "EmptyTensorList",
    encodeAttributes({ name: "element_dtype", kind: "type", value: "float32" }),
    [context.tensor([0], "int32", new Int32Array()), context.tensor([], "int32", Int32Array.of(1))],
  );
  assertEquals(context.dtype(list!), "variant");
  failure(() => context.read(list!), "variant");
});

testContext("EagerContext knows its devices and the library's version", (context) => {
  assert(context.devices.some(({ type, name }) => type === "CPU" && name.includes("CPU:0")));
  assert(/^\d+\.\d+\.\d+/.test(context.version));
});

testContext("openContext() works again after a worker that used it has ended", async (context) => {
  const source = `
    import { encodeAttributes } from "${new URL("./attribute.ts", import.meta.url)}";
    import { openContext } from "${new URL("./context.ts", import.meta.url)}";
    import { findLibrary } from "${new URL("../install/folder.ts", import.meta.url)}";
    const { folder } = await findLibrary();
    using context = openContext(folder, { threads: 1 });
    const x = context.tensor([1], "float32", Float32Array.of(-2));
    const none = encodeAttributes();
    const [y] = context.execute("Relu", none, context.execute("Neg", none, [x]));
    postMessage([...context.read(y)]);
  `;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  for (let i = 0; i < 2; i++) {
    const worker = new Worker(url, { type: "module" });
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.terminate();
    assertEquals(answer, [2]);
  }
  URL.revokeObjectURL(url);
  assertEquals(context.read(vector(context, 1)), Float32Array.of(1));
});

Deno.test("dtypeName() names every dtype and refuses others", () => {
  for (const [name, code] of Object.entries(DTYPES)) assertEquals(dtypeName(code), name);
  failure(() => dtypeName(11), "TensorFlow's number 11");
});

Deno.test("encodeConfig() writes varints", () => {
  assertEquals([...encodeConfig(2)], [0x10, 2, 0x28, 1, 0x32, 2, 0x20, 1]);
  assertEquals([...encodeConfig(300)].slice(0, 3), [0x10, 0xac, 0x02]);
});
