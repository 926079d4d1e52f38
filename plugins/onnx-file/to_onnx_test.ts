import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, EspalierError } from "@espalier/core";
import { resnet } from "@espalier/networks";
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import * as ort from "onnxruntime-web";
import { arbitraryBlueprint } from "../../blueprint/testing.ts";
import {
  arbitraryPool,
  assertClose,
  forward,
  imagesFor,
  network,
  someWeights,
} from "../../supernet/export/testing.ts";
import { operatorsOf } from "./testing.ts";
import { checkOnnx, toOnnx } from "./to_onnx.ts";

await tf.setBackend("cpu");

const OPTIONS = { logSeverityLevel: 3 } as const;

/** Logits that ONNX Runtime computes. */
async function predict(bytes: Uint8Array, images: tf.Tensor4D): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(bytes, OPTIONS);
  const input = new ort.Tensor("float32", images.dataSync() as Float32Array, images.shape);
  const outputs = await session.run({ [session.inputNames[0]!]: input });
  const logits = outputs[session.outputNames[0]!]!;
  await session.release();
  return logits;
}

async function assertSameLogits(blueprint: Blueprint): Promise<void> {
  const weights = await someWeights(blueprint);
  const images = imagesFor(blueprint);
  const logits = await predict(toOnnx({ blueprint, weights }), images);
  const expected = forward(blueprint, weights, images);
  assertEquals(logits.dims, [2, expected.length / 2]);
  assertClose(logits.data as Float32Array, expected, JSON.stringify(blueprint));
  images.dispose();
}

Deno.test("toOnnx() computes what the compiled network does, in ONNX Runtime", async () => {
  const tensors = tf.memory().numTensors;
  await fc.assert(fc.asyncProperty(arbitraryBlueprint, assertSameLogits), { numRuns: 50 });
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("toOnnx() writes every field of a convolution", async () => {
  const base = conv({ id: "a", input: "images", kernel: 3, channels: 4, activation: "relu6" });
  const uneven = { ...base, kernel: [3, 2], padding: [2, 0, 1, 3], bias: true } as const;
  const norm = { epsilon: 0.25, momentum: 0.75 };
  await assertSameLogits(network({ ...uneven, strides: [2, 1] }));
  await assertSameLogits(network({ ...uneven, dilation: [2, 3], norm }));
  const { channels: _, op: __, ...rest } = uneven;
  await assertSameLogits(network({ ...rest, op: "depthwise-conv", strides: [2, 2], norm }));
  await assertSameLogits(network({ ...rest, op: "depthwise-conv", bias: false }));
});

Deno.test("toOnnx() writes every pool", async () => {
  const before: BlueprintNode = { id: "before", op: "dropout", inputs: ["images"], rate: 0 };
  await fc.assert(
    fc.asyncProperty(arbitraryPool, (pool) => assertSameLogits(network(before, pool))),
    { numRuns: 60 },
  );
});

Deno.test("toOnnx() writes a ResNet-20", () =>
  assertSameLogits(resnet({ depth: 20, classes: 10 })));

/** An image, flattened, and what follows. */
function flattened(...nodes: readonly BlueprintNode[]): Blueprint {
  return {
    name: "flattened",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [2, 3, 4] },
      { id: "flat", op: "flatten", inputs: ["images"] },
      ...nodes,
    ],
    stages: [],
    output: nodes.at(-1)?.id ?? "flat",
  };
}

Deno.test("toOnnx() turns the image once, and kernels behind a flattened image instead of it", async () => {
  const kept: readonly BlueprintNode[] = [
    { id: "drop", op: "dropout", inputs: ["flat"], rate: 0.5 },
    { id: "relu", op: "activation", inputs: ["drop"], activation: "relu6" },
    { id: "classifier", op: "dense", inputs: ["relu"], channels: 3, bias: false },
  ];
  const blueprint = flattened(...kept);
  await assertSameLogits(blueprint);
  const model = toOnnx({ blueprint, weights: await someWeights(blueprint) });
  const operators = ["Transpose", "Flatten", "Identity", "Clip", "Gemm"];
  assertEquals(operatorsOf(model), operators);
});

Deno.test("toOnnx() gives features of a flattened image in our order to all but dense layers", async () => {
  const blueprint = flattened();
  await assertSameLogits(blueprint);
  assertEquals(operatorsOf(toOnnx({ blueprint, weights: {} })), ["Transpose", "Flatten", "Gather"]);
  const norm = { epsilon: 0.1, momentum: 0.9 };
  // The two readers share what puts the features in order.
  await assertSameLogits(flattened(
    { id: "norm", op: "norm", inputs: ["flat"], norm },
    { id: "sum", op: "add", inputs: ["norm", "flat"], projection: { norm: false } },
    { id: "both", op: "concat", inputs: ["sum", "flat"] },
  ));
});

Deno.test("toOnnx() folds the norm into its convolution", async () => {
  const blueprint = network(
    conv({ id: "a", input: "images", channels: 4, kernel: 3, norm: DEFAULT_NORM }),
  );
  const model = toOnnx({ blueprint, weights: await someWeights(blueprint) });
  assertEquals(operatorsOf(model), ["Transpose", "Conv", "Flatten", "Gemm"]);
});

Deno.test("toOnnx() names input and output as the nodes, and leaves the batch open", async () => {
  const blueprint = network(conv({ id: "a", input: "images", channels: 4, kernel: 3 }));
  const model = toOnnx({ blueprint, weights: await someWeights(blueprint) });
  const session = await ort.InferenceSession.create(model, OPTIONS);
  const ports = [...session.inputMetadata, ...session.outputMetadata];
  assertEquals(ports.map((port) => port.isTensor && [port.name, port.type, port.shape]), [
    ["images", "float32", ["batch", 6, 7, 2]],
    ["classifier", "float32", ["batch", 3]],
  ]);
  await session.release();
});

Deno.test("toOnnx() refuses weights of another network", async () => {
  const blueprint = network(conv({ id: "a", input: "images", channels: 4, kernel: 3 }));
  const { "a/kernel": _, ...weights } = await someWeights(blueprint);
  const error = assertThrows(() => toOnnx({ blueprint, weights }), EspalierError, '"a/kernel"');
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("checkOnnx() names the node that has no form in ONNX", () => {
  const blueprint = network({ id: "s/odd", op: "lstm", inputs: ["images"] } as never);
  const error = assertThrows(() => checkOnnx(blueprint), EspalierError, '"s/odd"');
  assertEquals(error.code, "ERR_EXPORT_UNSUPPORTED");
});
