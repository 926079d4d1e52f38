import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import { type Blueprint, type BlueprintNode, createRandom, EspalierError } from "@espalier/core";
import { resnet } from "@espalier/networks";
import { compile } from "@espalier/supernet";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import * as ort from "onnxruntime-web";
import { arbitraryBlueprint } from "../../blueprint/testing.ts";
import {
  arbitraryPool,
  assertClose,
  BLOCK_NETWORKS,
  ENDS,
  forward,
  imagesFor,
  inputsFor,
  network,
  predict as predictStock,
  SEQUENCE,
  someWeights,
} from "../../supernet/export/testing.ts";
import { operatorsOf } from "./testing.ts";
import { checkOnnx, toOnnx } from "./to_onnx.ts";

await tf.setBackend("cpu");

const OPTIONS = { logSeverityLevel: 3 } as const;

/** What ONNX Runtime computes of each output. */
async function predict(bytes: Uint8Array, inputs: readonly tf.Tensor[]): Promise<ort.Tensor[]> {
  const session = await ort.InferenceSession.create(bytes, OPTIONS);
  const feeds = session.inputNames.map((name, i) => {
    const { shape } = inputs[i]!;
    return [name, new ort.Tensor("float32", inputs[i]!.dataSync() as Float32Array, shape)] as const;
  });
  const found = await session.run(Object.fromEntries(feeds));
  const outputs = session.outputNames.map((name) => found[name]!);
  await session.release();
  return outputs;
}

function isWritten(blueprint: Blueprint): boolean {
  try {
    checkOnnx(blueprint);
    return true;
  } catch (error) {
    assert(error instanceof EspalierError && error.code === "ERR_EXPORT_UNSUPPORTED");
    return false;
  }
}

async function assertSameLogits(blueprint: Blueprint): Promise<void> {
  const weights = await someWeights(blueprint);
  const images = imagesFor(blueprint);
  const [logits] = await predict(toOnnx({ blueprint, weights }), [images]);
  const expected = forward(blueprint, weights, images);
  assertEquals(logits!.dims, [2, expected.length / 2]);
  assertClose(logits!.data as Float32Array, expected, JSON.stringify(blueprint));
  images.dispose();
}

Deno.test("toOnnx() computes what the compiled network does, in ONNX Runtime", async () => {
  const tensors = tf.memory().numTensors;
  await fc.assert(fc.asyncProperty(arbitraryBlueprint.filter(isWritten), assertSameLogits), {
    numRuns: 50,
  });
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

Deno.test("toOnnx() writes a layer that is called twice", async () => {
  const norm = { epsilon: 0.25, momentum: 0.75 };
  const a = conv({ id: "a", input: "images", kernel: 3, channels: 2, norm, activation: "relu" });
  await assertSameLogits(network(a, { ...a, id: "b", inputs: ["a"], sharesWeightsOf: "a" }));
});

Deno.test("checkOnnx() refuses opaque layers alone", () => {
  const refused = BLOCK_NETWORKS.filter((blueprint) => !isWritten(blueprint));
  assertEquals(refused.map(({ name }) => name), ["opaque", "opaque-fixed"]);
});

for (const blueprint of BLOCK_NETWORKS.filter(isWritten)) {
  Deno.test(`toOnnx() writes a block of ${blueprint.name}`, () => assertSameLogits(blueprint));
}

Deno.test("toOnnx() writes every operation on a sequence, in one dimension", async () => {
  const weights = await someWeights(SEQUENCE);
  const inputs = inputsFor(SEQUENCE);
  const model = toOnnx({ blueprint: SEQUENCE, weights });
  const [found] = await predict(model, inputs);
  assertClose(found!.data as Float32Array, predictStock(SEQUENCE, weights, inputs)[0]!);
  const operators = operatorsOf(model);
  // At the entry, and around the reshape.
  assertEquals(operators.filter((op) => op === "Transpose").length, 3);
  assert(!operators.some((op) => /Squeeze/i.test(op)));
  tf.dispose(inputs);
});

Deno.test("toOnnx() takes and gives what the layers-model does", async () => {
  const weights = await someWeights(ENDS);
  const inputs = inputsFor(ENDS);
  const found = await predict(toOnnx({ blueprint: ENDS, weights }), inputs);
  assertEquals(found.map(({ dims }) => dims), [[2, 3], [2, 5, 3], [2, 3, 10, 2]]);
  const expected = predictStock(ENDS, weights, inputs);
  found.forEach(({ data }, i) => assertClose(data as Float32Array, expected[i]!));
  tf.dispose(inputs);
});

const few = fc.integer({ min: 1, max: 4 });

Deno.test("toOnnx() writes every transposed convolution", async () => {
  const nodes = fc.record({
    kernel: fc.tuple(few, few),
    strides: fc.tuple(few, few),
    padding: fc.constantFrom("same" as const, "valid" as const),
    channels: few,
    bias: fc.boolean(),
    norm: fc.constantFrom({ ...DEFAULT_NORM, scale: false }, { ...DEFAULT_NORM, center: false }),
  });
  await fc.assert(
    fc.asyncProperty(
      nodes,
      (fields) =>
        assertSameLogits(
          network({ id: "a", op: "transposed-conv", inputs: ["images"], ...fields }),
        ),
    ),
    { numRuns: 60 },
  );
});

Deno.test("toOnnx() writes every rectifier", async () => {
  const rectifiers = fc.record({
    name: fc.constant("relu" as const),
    max: fc.constantFrom(0.75, 1.5),
    slope: fc.constantFrom(-0.5, 0.25),
    threshold: fc.constantFrom(0, 0.125),
  }, { requiredKeys: ["name"] });
  await fc.assert(
    fc.asyncProperty(
      rectifiers,
      (activation) =>
        assertSameLogits(network({ id: "a", op: "activation", inputs: ["images"], activation })),
    ),
    { numRuns: 30 },
  );
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
  await assertSameLogits(flattened(
    { id: "scaled", op: "rescale", inputs: ["flat"], scale: 0.5, offset: 0.25 },
    { id: "again", op: "flatten", inputs: ["scaled"] },
    { id: "sloped", op: "prelu", inputs: ["again"], positions: [] },
    { id: "least", op: "merge", by: "minimum", inputs: ["sloped", "again"] },
    { id: "product", op: "merge", by: "multiply", inputs: ["least", "flat"] },
  ));
  await assertSameLogits(flattened(
    { id: "image", op: "reshape", inputs: ["flat"], shape: [3, 2, 4] },
    { id: "mean", op: "global-pool", inputs: ["image"] },
  ));
});

Deno.test("toOnnx() folds the norm into its convolution", async () => {
  const blueprint = network(
    conv({ id: "a", input: "images", channels: 4, kernel: 3, norm: DEFAULT_NORM }),
  );
  const model = toOnnx({ blueprint, weights: await someWeights(blueprint) });
  assertEquals(operatorsOf(model), ["Transpose", "Conv", "Flatten", "Gemm"]);
});

Deno.test("toOnnx() names ports as their author did, each once, in order", async () => {
  const given = (layer: string) => ({ source: { layer } });
  const dense = (id: string, input: string, layer: string) => ({
    ...{ id, op: "dense", inputs: [input], channels: 2, bias: true, ...given(layer) } as const,
  });
  const blueprint: Blueprint = {
    name: "ports",
    nodes: [
      { id: "base/right", op: "input", inputs: [], shape: [1, 1, 2], rank: 1, ...given("left") },
      { id: "base/left", op: "input", inputs: [], shape: [1, 1, 2], rank: 1, ...given("right") },
      { id: "sum", op: "add", inputs: ["base/right", "base/left"], ...given("sum") },
      dense("score", "sum", "score"),
      dense("other", "sum", "score:odd"),
      // Named as a value inside.
      {
        ...dense("unit", "sum", "dense"),
        activation: "relu",
        source: { layer: "dense", activation: "sum" },
      },
    ],
    stages: [],
    output: "unit",
    outputs: [
      { node: "unit" },
      { node: "score", activation: "sigmoid" },
      { node: "other", activation: "softmax", layer: "probabilities" },
      { node: "unit", layer: "again" },
      { node: "base/left" },
    ],
  };
  const weights = await someWeights(blueprint);
  const model = toOnnx({ blueprint, weights });
  const session = await ort.InferenceSession.create(model, OPTIONS);
  assertEquals(session.inputNames, ["left", "right"]);
  assertEquals(session.outputNames, ["sum", "score", "probabilities", "again", "right_1"]);
  await session.release();
  const inputs = inputsFor(blueprint);
  using network = compile(blueprint, { random: createRandom(1), weights });
  const [unit, score, other, again, right] = await predict(model, inputs);
  tf.tidy(() => {
    const images = inputs.map((x) => x.reshape([2, 1, 1, 2]) as tf.Tensor4D);
    const { logits, features } = network.forward(images, {
      training: false,
      taps: ["score", "other"],
    });
    const expected = [
      [unit, logits],
      [again, logits],
      [score, tf.sigmoid(features.get("score")!)],
      [other, tf.softmax(features.get("other")!)],
      [right, inputs[1]],
    ] as const;
    for (const [found, wanted] of expected) {
      assertClose(found!.data as Float32Array, wanted!.dataSync() as Float32Array);
    }
  });
  tf.dispose(inputs);
});

Deno.test("toOnnx() names input and output of a network without an author as the nodes, and leaves the batch open", async () => {
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
