import { widthGroups } from "@espalier/blueprint";
import { createRandom, EspalierError } from "@espalier/core";
import {
  compile,
  initialWeights,
  parameterSpecs,
  saveModel,
  toLayersModel,
} from "@espalier/supernet";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { isStock } from "../supernet/export/testing.ts";
import { arbitraryBlueprint } from "../blueprint/testing.ts";
import { withFolder } from "../core/testing.ts";
import { importModel } from "./import_model.ts";
import { type FileOptions, folderOf, layer, type LayerJson, sequential } from "./testing.ts";

await tf.setBackend("cpu");

/** What a model gives for fixed images. */
function predict(model: tf.LayersModel): Float32Array {
  return tf.tidy(() => {
    const images = tf.randomNormal(
      [2, ...model.inputs[0]!.shape.slice(1) as number[]],
      0,
      1,
      "float32",
      3,
    );
    return (model.predict(images) as tf.Tensor).dataSync<"float32">().slice();
  });
}

Deno.test("importModel() of an exported network gives a network that computes the same", async () => {
  const tensors = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(arbitraryBlueprint.filter(isStock), async (blueprint) => {
      const random = createRandom(2);
      const fresh = initialWeights(parameterSpecs(blueprint), random);
      const weights = Object.fromEntries(
        Object.entries(fresh).map(([name, { shape, values }]) => {
          const stream = random.stream(name);
          return [name, { shape, values: values.map((v) => v + 0.3 * stream.next()) }];
        }),
      );
      const model = toLayersModel(blueprint, weights);
      const imported = await importModel(model);
      const again = toLayersModel(imported.blueprint, imported.weights);
      const [wanted, found] = [predict(model), predict(again)];
      const largest = Math.max(1, ...wanted.map(Math.abs));
      wanted.forEach((value, i) => assert(Math.abs(value - found[i]!) <= 1e-5 * largest));
      assertEquals(again.countParams(), model.countParams());
      assertEquals(again.outputNames, model.outputNames);
      model.dispose();
      again.dispose();
    }),
    { numRuns: 60 },
  );
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("saveModel() takes what importModel() gives, which reads the same weights again", async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [3], units: 2, name: "only" })],
  });
  const imported = await importModel(model);
  model.dispose();
  await withFolder(async (folder) => {
    await saveModel(imported, folder);
    const { weights } = await importModel(`${folder}/model.json`);
    assertEquals(weights, imported.weights);
  });
});

Deno.test("importModel() takes apart a model that is called twice, and that shares its weights", async () => {
  const inner = tf.sequential({
    name: "tower",
    layers: [
      tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 2, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4, activation: "tanh" }),
    ],
  });
  const [left, right] = ["left", "right"].map((name) => tf.input({ name, shape: [5, 5, 2] }));
  const towers = [left!, right!].map((input) => inner.apply(input) as tf.SymbolicTensor);
  const joined = tf.layers.multiply().apply(towers) as tf.SymbolicTensor;
  const output = tf.layers.dense({ name: "score", units: 1, activation: "sigmoid" }).apply(joined);
  const model = tf.model({ inputs: [left!, right!], outputs: output as tf.SymbolicTensor });
  const { blueprint, weights } = await importModel(model);
  const again = toLayersModel(blueprint, weights);
  assertEquals(again.inputNames, ["left", "right"]);
  assertEquals(again.outputNames, ["score"]);
  assertEquals(again.countParams(), model.countParams());
  tf.tidy(() => {
    const pair = [1, 2].map((seed) => tf.randomNormal([3, 5, 5, 2], 0, 1, "float32", seed));
    const [wanted, found] = [model, again].map((each) =>
      (each.predict(pair) as tf.Tensor).dataSync()
    );
    wanted!.forEach((value, i) => assert(Math.abs(value - found![i]!) < 1e-6));
  });
  // The towers' hidden units meet in the product: one group; the convolution is read by both.
  assertEquals(widthGroups(blueprint, { residual: "tie" }).map(({ length }) => length), [2, 2]);
});

Deno.test("a model of sequences comes back with the layers of its author", async () => {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv1d({
        ...{ name: "first", inputShape: [12, 3], filters: 5, kernelSize: 3, padding: "same" },
        strides: 2,
      }),
      layers.batchNormalization({ name: "norm" }),
      layers.reLU({ name: "relu" }),
      layers.maxPooling1d({ name: "most", poolSize: 2, padding: "same" }),
      layers.conv1d({ name: "second", filters: 4, kernelSize: 2, activation: "tanh" }),
      layers.lstm({ name: "memory", units: 6, returnSequences: true }),
      layers.averagePooling1d({ name: "mean", poolSize: 2, strides: 1 }),
      layers.dense({ name: "each", units: 5 }),
      layers.globalMaxPooling1d({ name: "largest" }),
      layers.dense({ name: "word", units: 3, activation: "softmax" }),
    ],
  });
  const { blueprint, weights } = await importModel(model);
  const again = toLayersModel(blueprint, weights);
  const described = ({ layers }: tf.LayersModel) =>
    layers.filter((layer) => layer.getClassName() !== "InputLayer").map((layer) => [
      ...[layer.name, layer.getClassName(), layer.outputShape],
      layer.getWeights().map((weight) => [weight.shape, weight.dataSync()]),
    ]);
  assertEquals(described(again), described(model));
  const [wanted, found] = [predict(model), predict(again)];
  wanted.forEach((value, i) => assert(Math.abs(value - found[i]!) < 1e-6));
  model.dispose();
  again.dispose();
});

Deno.test("importModel() lets TensorFlow.js run what only it knows, and says so", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv1d({ name: "first", inputShape: [12, 3], filters: 5, kernelSize: 3 }),
      tf.layers.conv1d({ name: "second", filters: 4, kernelSize: 3, activation: "relu" }),
      tf.layers.lstm({ name: "memory", units: 6, returnSequences: true }),
      tf.layers.dense({ name: "each", units: 5, activation: "tanh" }),
      tf.layers.bidirectional({
        name: "both",
        layer: tf.layers.gru({ units: 2 }) as tf.RNN,
        mergeMode: "concat",
      }),
      tf.layers.dense({ name: "word", units: 3, activation: "softmax" }),
    ],
  });
  const { blueprint, weights, notes } = await importModel(model);
  assertEquals(notes.map((note) => note.split(" is run")[0]), [
    '"memory" (LSTM)',
    '"both" (Bidirectional)',
  ]);
  // Those of the LSTM and of the convolution that it reads, 8 times; then the other layers'.
  const whole = 8 * ((4 + 6) * 24 + 3 * 5 * 4),
    rest = 10 * 45 + 8 * 30 + 8 * 2 * (5 + 2) * 6 + 4 * 3;
  const share = Math.round(100 * whole / (whole + rest));
  assertStringIncludes(notes[0]!, `those of "second": ${share} % of the multiply-adds.`);
  assertEquals(widthGroups(blueprint, { residual: "tie" }), [["first"]]);
  const again = toLayersModel(blueprint, weights);
  using network = compile(blueprint, { random: createRandom(1) });
  network.write(weights);
  tf.tidy(() => {
    const frames = tf.randomNormal<tf.Rank.R3>([2, 12, 3], 0, 1, "float32", 4);
    const images = frames.reshape([2, 1, 12, 3]) as tf.Tensor4D;
    const { logits } = network.forward(images, { training: false });
    const wanted = (model.predict(frames) as tf.Tensor).dataSync();
    for (const found of [again.predict(frames) as tf.Tensor, tf.softmax(logits)]) {
      found.dataSync().forEach((value, i) => assert(Math.abs(value - wanted[i]!) < 1e-6));
    }
  });
});

const CONV = layer("Conv2D", "c", { filters: 2, kernel_size: [1, 1], use_bias: false });
const DENSE = layer("Dense", "d", { units: 1, use_bias: false });
const POOL = layer("GlobalAveragePooling2D", "p");
/** Two channels of ones, summed: the mean of all pixels times 2 times the number of channels. */
const WEIGHTS = [
  { name: "c/kernel", shape: [1, 1, 3, 2], values: [1, 2, 3, 4, 5, 6] },
  { name: "d/kernel", shape: [2, 1], values: [7, 8] },
];

/** Values of imported weights. */
async function valuesOf(options: FileOptions): Promise<Record<string, number[]>> {
  await using folder = await folderOf(options);
  const { weights } = await importModel(`${folder.path}/model.json`);
  return Object.fromEntries(
    Object.entries(weights).map(([name, { values }]) => [name, [...values]]),
  );
}

const PLAIN = { "c/kernel": [1, 2, 3, 4, 5, 6], "d/kernel": [7, 8] };
const topology = sequential("m", [CONV, POOL, DENSE]);

Deno.test("importModel() finds weights by the end of their names", async () => {
  const renamed = (change: (name: string) => string) =>
    WEIGHTS.map((weight) => ({ ...weight, name: change(weight.name) }));
  for (
    const change of [
      (name: string) => name,
      (name: string) => `${name}:0`,
      (name: string) => `m/${name}`,
      (name: string) => `m/sequential_2/${name}:0`,
    ]
  ) {
    assertEquals(await valuesOf({ topology, weights: renamed(change) }), PLAIN);
  }
});

Deno.test("importModel() joins shards that end inside a weight, and groups", async () => {
  assertEquals(await valuesOf({ topology, weights: WEIGHTS, shards: [10, 3] }), PLAIN);
  assertEquals(await valuesOf({ topology, weights: WEIGHTS, groups: true }), PLAIN);
});

Deno.test("importModel() undoes quantisation", async () => {
  const [kernel, dense] = WEIGHTS;
  for (const dtype of ["uint8", "uint16"] as const) {
    const quantized = { ...kernel!, quantization: { dtype, min: -1, scale: 0.5 } };
    const { "c/kernel": found } = await valuesOf({ topology, weights: [quantized, dense!] });
    assertEquals(found, [1, 2, 3, 4, 5, 6].map((stored) => stored * 0.5 - 1));
  }
  // Halves: 1, −2, 0.5, the smallest above 0, the largest, 0.
  const bits = [0x3c00, 0xc000, 0x3800, 0x0001, 0x7bff, 0];
  const half = { ...kernel!, values: bits, quantization: { dtype: "float16" as const } };
  const { "c/kernel": found } = await valuesOf({ topology, weights: [half, dense!] });
  assertEquals(found, [1, -2, 0.5, 2 ** -24, 65504, 0]);
});

Deno.test("importModel() tells equal inner names of nested models apart by path, else by order", async () => {
  const inner = (name: string) => ({
    "class_name": "Sequential",
    config: { name, layers: [layer("Dense", "same", { units: 2, use_bias: false })] },
  });
  const nested = {
    "class_name": "Sequential",
    config: {
      name: "outer",
      layers: [
        layer("InputLayer", "x", { batch_input_shape: [null, 2] }),
        inner("one"),
        inner("two"),
      ],
    },
  };
  const weights = (names: readonly string[]) =>
    names.map((name, i) => ({ name, shape: [2, 2], values: [i, i, i, i] }));
  const wanted = { "one/same/kernel": [0, 0, 0, 0], "two/same/kernel": [1, 1, 1, 1] };
  const byOrder = { topology: nested, weights: weights(["same/kernel", "same/kernel"]) };
  assertEquals(await valuesOf(byOrder), wanted);
  const byPath = { topology: nested, weights: weights(["two/same/kernel", "one/same/kernel"]) };
  assertEquals(await valuesOf(byPath), {
    "one/same/kernel": [1, 1, 1, 1],
    "two/same/kernel": [0, 0, 0, 0],
  });
});

Deno.test("importModel() reads what Keras 3 writes, with its own hard sigmoid", async () => {
  const tensor = (name: string) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 3], dtype: "float32", keras_history: [name, 0, 0] },
  });
  const keras3 = (json: LayerJson, read?: string) => ({
    ...json,
    module: "keras.layers",
    registered_name: null,
    build_config: { input_shape: [null, 3] },
    config: { ...json.config, dtype: { class_name: "DTypePolicy", config: { name: "float32" } } },
    inbound_nodes: read === undefined ? [] : [{ args: [tensor(read)], kwargs: {} }],
  });
  const topology = {
    "class_name": "Functional",
    config: {
      name: "functional",
      layers: [
        keras3(layer("InputLayer", "x", { batch_shape: [null, 3] })),
        keras3(layer("Dense", "d", { units: 1, activation: "hard_sigmoid" }), "x"),
        keras3(layer("Dense", "e", { units: 1, activation: "linear" }), "d"),
      ],
      input_layers: [["x", 0, 0]],
      output_layers: ["e", 0, 0],
    },
  };
  const weights = [
    { name: "functional/d/kernel", shape: [3, 1], values: [1, 0, 0] },
    { name: "functional/d/bias", shape: [1], values: [0] },
    { name: "functional/e/kernel", shape: [1, 1], values: [1] },
    { name: "functional/e/bias", shape: [1], values: [0] },
  ];
  await using folder = await folderOf({ topology, weights });
  const imported = await importModel(`${folder.path}/model.json`);
  const model = toLayersModel(imported.blueprint, imported.weights);
  // relu6(x + 3) / 6, where Keras 2 has 0.2x + 0.5.
  const found = tf.tidy(() => [
    ...(model.predict(tf.tensor2d([[0, 0, 0], [1, 0, 0], [4, 0, 0]])) as tf.Tensor).dataSync(),
  ]);
  [0.5, 4 / 6, 1].forEach((value, i) => assert(Math.abs(value - found[i]!) < 1e-6));
  model.dispose();
});

/** What a model of one layer without weights gives for one example. */
async function valuesThrough(
  one: LayerJson,
  input: tf.Tensor,
  { weights: given = [], ...fields }: Partial<FileOptions> & { readonly "keras_version"?: string } =
    {},
): Promise<number[]> {
  const topology = { ...sequential("m", [one], [null, ...input.shape]), ...fields };
  await using folder = await folderOf({ topology, weights: given });
  const { blueprint, weights } = await importModel(`${folder.path}/model.json`);
  const model = toLayersModel(blueprint, weights);
  assertEquals(model.outputNames, [one.config["name"]]);
  const values = tf.tidy(() => [...(model.predict(input.expandDims()) as tf.Tensor).dataSync()]);
  model.dispose();
  return values;
}

function assertNear(found: readonly number[], wanted: readonly number[]): void {
  assertEquals(found.length, wanted.length);
  found.forEach((value, i) => assert(Math.abs(value - wanted[i]!) < 1e-6, `${found}`));
}

Deno.test("importModel() takes the alpha of an ELU, which TensorFlow.js has not", async () => {
  const x = tf.tensor1d([-2, -0.5, 0, 3]);
  const wanted = [0.5 * (Math.exp(-2) - 1), 0.5 * (Math.exp(-0.5) - 1), 0, 3];
  assertNear(await valuesThrough(layer("ELU", "bent", { alpha: 0.5 }), x), wanted);
  const activation = { "class_name": "ELU", config: { name: "elu", alpha: 0.5 } };
  assertNear(await valuesThrough(layer("Activation", "bent", { activation }), x), wanted);
  assertNear(await valuesThrough(layer("ELU", "bent"), tf.tensor1d([-1, 2])), [
    Math.exp(-1) - 1,
    2,
  ]);
  x.dispose();
});

Deno.test("importModel() takes a scale and an offset for each channel", async () => {
  const x = tf.tensor3d([[[1, 2, 3]], [[4, 5, 6]]]);
  const config = { scale: [1, 0.5, 2], offset: [0, 1, -1] };
  assertNear(await valuesThrough(layer("Rescaling", "scaled", config), x), [1, 2, 5, 4, 3.5, 11]);
  assertNear(
    await valuesThrough(layer("Rescaling", "scaled", { scale: 2, offset: [0, 1, -1] }), x),
    [2, 5, 5, 8, 11, 11],
  );
  x.dispose();
});

Deno.test("importModel() takes a Normalization as a rescaling, of settings or of weights", async () => {
  const x = tf.tensor1d([3, 3]);
  // (3 − 1) / 2 and (3 − 0) / 0.5.
  const config = { axis: -1, mean: [[1, 0]], variance: [[4, 0.25]] };
  assertNear(await valuesThrough(layer("Normalization", "even", config), x), [1, 6]);
  const weights = [
    { name: "even/mean", shape: [2], values: [1, 0] },
    { name: "even/variance", shape: [2], values: [4, 0.25] },
    { name: "even/count", shape: [], values: [7] },
  ];
  const learned = layer("Normalization", "even", { axis: [-1], mean: null, variance: null });
  assertNear(await valuesThrough(learned, x, { weights }), [1, 6]);
  await assertRejects(() => valuesThrough(learned, x), EspalierError, "no mean");
  x.dispose();
});

Deno.test("importModel() interpolates as the framework does that wrote the file", async () => {
  const x = tf.tensor3d([[[0], [4]]]);
  const up = layer("UpSampling2D", "up", { size: [1, 2], interpolation: "bilinear" });
  // Keras puts the places beside the centres, TensorFlow.js on the corners.
  assertNear(await valuesThrough(up, x), [0, 1, 3, 4]);
  for (const version of ["2.2.4-tf", "2.4.0", "2.15.0", "3.8.0"]) {
    assertNear(await valuesThrough(up, x, { "keras_version": version }), [0, 1, 3, 4]);
  }
  // Before 2.4, Keras on its own had TensorFlow 1's way.
  assertNear(await valuesThrough(up, x, { "keras_version": "2.2.4" }), [0, 2, 4, 4]);
  assertNear(await valuesThrough(up, x, { "keras_version": "tfjs-layers 4.22.0" }), [0, 2, 4, 4]);
  const model = tf.sequential({
    layers: [
      tf.layers.upSampling2d({ inputShape: [1, 2, 1], size: [1, 2], interpolation: "bilinear" }),
    ],
  });
  const { blueprint } = await importModel(model);
  const [, node] = blueprint.nodes;
  assert(node?.op === "upsample" && node.interpolation === "bilinear-corner");
  model.dispose();
  x.dispose();
});

Deno.test("importModel() asks for a size that the model leaves open", async () => {
  const open = sequential("m", [CONV, POOL, DENSE], [null, null, null, 3]);
  await using folder = await folderOf({ topology: open, weights: WEIGHTS });
  const path = `${folder.path}/model.json`;
  const error = await assertRejects(() => importModel(path), EspalierError, "inputShapes");
  assertEquals(error.code, "ERR_IMPORT_UNSUPPORTED");
  const { blueprint } = await importModel(path, { inputShapes: { c_input: [8, 6, 3] } });
  assertEquals(blueprint.nodes[0]!, {
    ...{ id: "c_input", op: "input", inputs: [], shape: [8, 6, 3] },
    source: { layer: "c_input" },
  });
});

const refusals: readonly [what: string, options: FileOptions, names: readonly string[]][] = [
  ["an unknown class", withLayer("Lambda", {}), ['"x"', "(Lambda)"]],
  ["groups", withLayer("Conv2D", { filters: 2, kernel_size: 1, groups: 2 }), ['"x"', "grouped"]],
  [
    "channels first",
    withLayer("Conv2D", { filters: 2, kernel_size: 1, data_format: "channels_first" }),
    ['"x"', "channels first"],
  ],
  ["bicubic upsampling", withLayer("UpSampling2D", { interpolation: "bicubic" }), ["bicubic"]],
  ["scales of two channels", withLayer("Rescaling", { scale: [1, 2, 3] }), ["[1,2,3]"]],
  ["a norm of another axis", withLayer("BatchNormalization", { axis: [1] }), ["(BatchNorm"]],
  ["an unknown function", withLayer("Activation", { activation: "cubic" }), ['"cubic"']],
  ["a GraphModel", { topology: { node: [] }, format: "graph-model", weights: [] }, ["GraphModel"]],
];

function withLayer(className: string, config: Record<string, unknown>): FileOptions {
  return {
    topology: sequential("m", [CONV, layer(className, "x", config), POOL, DENSE]),
    weights: WEIGHTS,
  };
}

for (const [what, options, names] of refusals) {
  Deno.test(`importModel() refuses ${what} by name`, async () => {
    await using folder = await folderOf(options);
    const error = await assertRejects(
      () => importModel(`${folder.path}/model.json`),
      EspalierError,
      "Cannot import",
    );
    assertEquals(error.code, "ERR_IMPORT_UNSUPPORTED");
    for (const name of names) assertStringIncludes(error.message, name);
  });
}

const damages: readonly [what: string, options: FileOptions, state: string][] = [
  ["a shard is missing", { topology, weights: WEIGHTS, lose: true }, "shard"],
  ["a shard is cut", { topology, weights: WEIGHTS, cut: 3 }, 'inside the weight "d/kernel"'],
  ["bytes are left", { topology, weights: WEIGHTS, cut: -4 }, "4 bytes more"],
  ["a weight is missing", { topology, weights: WEIGHTS.slice(1) }, '"c/kernel"'],
  [
    "a weight has another shape",
    { topology, weights: [{ ...WEIGHTS[0]!, shape: [1, 1, 2, 3] }, WEIGHTS[1]!] },
    '"c/kernel" is [1,1,2,3]',
  ],
  ["there is no model", { topology: { class_name: "Pipeline" }, weights: [] }, "Pipeline"],
];

for (const [what, options, state] of damages) {
  Deno.test(`importModel() refuses files of which ${what}`, async () => {
    await using folder = await folderOf(options);
    const path = `${folder.path}/model.json`;
    const error = await assertRejects(() => importModel(path), EspalierError, state);
    assertEquals(error.code, "ERR_MODEL_CORRUPT");
  });
}

Deno.test("importModel() notes what does nothing in a model that serves", async () => {
  await using folder = await folderOf(withLayer("RandomFlip", {}));
  const { notes } = await importModel(`${folder.path}/model.json`);
  assertEquals(notes, ['"x" (RandomFlip) does nothing in a model that serves and was left out.']);
});
