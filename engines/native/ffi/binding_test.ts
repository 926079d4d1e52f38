import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { testContext } from "../testing.ts";
import { createBinding } from "./binding.ts";
import type { EagerContext } from "./eager_context.ts";

testContext("createBinding() makes, reads and deletes tensors", (context) => {
  const binding = createBinding(context);
  const id = binding.createTensor([2], binding.TF_FLOAT, Float32Array.of(1, 2));
  assertEquals(binding.tensorDataSync(id), Float32Array.of(1, 2));
  assertEquals(binding.getNumOfTensors(), 1);
  binding.deleteTensor(id);
  assertEquals(binding.getNumOfTensors(), 0);
  assertThrows(() => binding.deleteTensor(id), EspalierError, "not there");
});

testContext("createBinding() takes plain lists of numbers", (context) => {
  const binding = createBinding(context);
  const read = (dtype: number, values: number[]) =>
    binding.tensorDataSync(binding.createTensor([values.length], dtype, values));
  assertEquals(read(binding.TF_FLOAT, [1.5]), Float32Array.of(1.5));
  assertEquals(read(binding.TF_INT32, [2]), Int32Array.of(2));
  assertEquals(read(binding.TF_BOOL, [1]), Uint8Array.of(1));
  assertEquals(read(binding.TF_FLOAT, []), new Float32Array());
});

testContext("createBinding() takes 64-bit numbers as pairs of 32", (context) => {
  const binding = createBinding(context);
  const id = binding.createTensor([], binding.TF_INT64, Int32Array.of(-5, -1));
  assertEquals(binding.tensorDataSync(id), BigInt64Array.of(-5n));
});

testContext("createBinding() runs an op with one value of every kind", (context) => {
  const binding = createBinding(context);
  const x = binding.createTensor([1, 2, 2, 1], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
  const outputs = binding.executeOp(
    "MaxPool",
    [
      { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: "ksize", type: binding.TF_ATTR_INT, value: [1, 2, 2, 1] },
      { name: "strides", type: binding.TF_ATTR_INT, value: [1, 2, 2, 1] },
      { name: "padding", type: binding.TF_ATTR_STRING, value: "VALID" },
    ],
    [x],
    1,
  );
  assertEquals(outputs, [{ id: outputs[0]!.id, shape: [1, 1, 1, 1], dtype: binding.TF_FLOAT }]);
  assertEquals(binding.tensorDataSync(outputs[0]!.id), Float32Array.of(4));
  const leaky = binding.executeOp(
    "LeakyRelu",
    [
      { name: "alpha", type: binding.TF_ATTR_FLOAT, value: 0.5 },
    ],
    [binding.createTensor([1], binding.TF_FLOAT, [-2])],
    1,
  );
  assertEquals(binding.tensorDataSync(leaky[0]!.id), Float32Array.of(-1));
  const sum = binding.executeOp(
    "Sum",
    [
      { name: "keep_dims", type: binding.TF_ATTR_BOOL, value: true },
    ],
    [x, binding.createTensor([1], binding.TF_INT32, [1])],
    1,
  );
  assertEquals(sum[0]!.shape, [1, 1, 2, 1]);
  const shaped = binding.executeOp(
    "EnsureShape",
    [
      { name: "shape", type: binding.TF_ATTR_SHAPE, value: [1, -1, 2, 1] },
    ],
    [x],
    1,
  );
  assertEquals(shaped[0]!.shape, [1, 2, 2, 1]);
});

testContext("createBinding() runs an op with lists of types and of strings", (context) => {
  const binding = createBinding(context);
  const x = binding.createTensor([1, 1], binding.TF_FLOAT, [2]);
  const bias = binding.createTensor([1], binding.TF_FLOAT, [-5]);
  const pair = binding.executeOp(
    "IdentityN",
    [
      { name: "T", type: binding.TF_ATTR_TYPE, value: [binding.TF_FLOAT, binding.TF_FLOAT] },
    ],
    [x, bias],
    2,
  );
  assertEquals(pair.map(({ shape }) => shape), [[1, 1], [1]]);
  const fused = binding.executeOp(
    "_FusedMatMul",
    [
      { name: "num_args", type: binding.TF_ATTR_INT, value: 1 },
      { name: "fused_ops", type: binding.TF_ATTR_STRING, value: ["BiasAdd", "Relu"] },
    ],
    [x, x, bias],
    1,
  );
  assertEquals(binding.tensorDataSync(fused[0]!.id), Float32Array.of(0));
});

testContext("createBinding() refuses what it does not know", (context) => {
  const binding = createBinding(context);
  const x = binding.createTensor([1], binding.TF_FLOAT, [1]);
  const run = (type: number, value: unknown) => () =>
    binding.executeOp("Relu", [{ name: "T", type, value }], [x], 1);
  assertThrows(run(17, 1), EspalierError, "attribute T as its type is one of TF_ATTR_*: found 17");
  assertThrows(run(binding.TF_ATTR_TYPE, 99), EspalierError, "TensorFlow's number 99");
  assertThrows(() => binding.createTensor([], 99, [1]), EspalierError, "TensorFlow's number 99");
  assertThrows(() => binding.loadSavedModel("a/b"), EspalierError, "Cannot load a/b");
  assertEquals(binding.getNumOfSavedModels(), 0);
});

Deno.test("createBinding() says whether there is a GPU", () => {
  const withDevices = (...types: string[]) =>
    createBinding(
      {
        version: "1",
        devices: types.map((type) => ({ name: type, type })),
      } as unknown as EagerContext,
    ).isUsingGpuDevice();
  assertEquals(withDevices("CPU"), false);
  assertEquals(withDevices("CPU", "GPU"), true);
});

testContext("createBinding() names the library's version", (context) => {
  assertStringIncludes(createBinding(context)["TF_Version"], ".");
});
