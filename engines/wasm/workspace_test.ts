import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { registerWasmKernels, wasmKernels } from "./register.ts";
import { wasmKernel, type Workspace } from "./workspace.ts";

async function start(): Promise<{ dataIds(): number }> {
  tf.enableProdMode();
  await tf.setBackend("wasm");
  const backend = tf.backend() as unknown as { numDataIds(): number };
  return { dataIds: () => backend.numDataIds() };
}

function call(body: (workspace: Workspace, x: tf.TensorInfo) => tf.TensorInfo, x: tf.Tensor) {
  const { kernelFunc } = wasmKernel<Record<"x", unknown>, object>(
    "Test",
    (workspace, inputs) => body(workspace, inputs.x),
  );
  const made = kernelFunc({ inputs: { x }, backend: tf.backend() }) as tf.TensorInfo;
  const tensor = tf.engine().makeTensorFromTensorInfo(made);
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

Deno.test("wasmKernel() frees what it made but for the result, and no input", async () => {
  const { dataIds } = await start();
  const x = tf.tensor1d([1, 2, 3]);
  const before = dataIds();
  const body = (workspace: Workspace, x: tf.TensorInfo) => {
    const square = workspace.run("Square", { x });
    return workspace.run("Add", { a: square, b: workspace.run("Identity", { x }) });
  };
  assertEquals(call(body, x), [2, 6, 12]);
  assertEquals(call((workspace, x) => workspace.run("Identity", { x }), x), [1, 2, 3]);
  assertEquals(dataIds(), before);
  assertEquals(Array.from(x.dataSync()), [1, 2, 3]);
  x.dispose();
});

Deno.test("wasmKernel() frees what it made when it throws", async () => {
  const { dataIds } = await start();
  const x = tf.tensor1d([1]);
  const before = dataIds();
  const body = (workspace: Workspace, x: tf.TensorInfo): tf.TensorInfo => {
    workspace.run("Square", { x });
    workspace.view(x, 0, [1]);
    throw new RangeError("no");
  };
  assertThrows(() => call(body, x), RangeError, "no");
  assertEquals(dataIds(), before);
  x.dispose();
});

Deno.test("a view shares memory with its tensor and owns none", async () => {
  const { dataIds } = await start();
  const x = tf.tensor1d([1, 2, 3, 4]);
  const before = dataIds();
  const body = (workspace: Workspace, x: tf.TensorInfo) =>
    workspace.run("Neg", { x: workspace.view(x, 1, [2]) });
  for (let i = 0; i < 100; i++) assertEquals(call(body, x), [-2, -3]);
  assertEquals(dataIds(), before);
  assertEquals(Array.from(x.dataSync()), [1, 2, 3, 4]);
  x.dispose();
});

Deno.test("registerWasmKernels() registers every kernel once", async () => {
  await start();
  registerWasmKernels();
  registerWasmKernels();
  for (const { name, kernelFunc } of wasmKernels) {
    assert(tf.getKernel(name, "wasm").kernelFunc === kernelFunc, name);
  }
});
