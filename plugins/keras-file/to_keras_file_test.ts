// deno-lint-ignore-file camelcase -- names of Keras
import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import { type Blueprint, EspalierError, type HostTensor } from "@espalier/core";
import { resnet } from "@espalier/networks";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { strFromU8, unzipSync } from "fflate";
import { Dataset, File, ready } from "h5wasm";
import { arbitraryBlueprint } from "../../blueprint/testing.ts";
import {
  assertClose,
  BLOCK_NETWORKS,
  ENDS,
  inputsFor,
  predict,
  SEQUENCE,
  someWeights,
} from "../../supernet/export/testing.ts";
import { python, pythonTests } from "../../tests/python_testing.ts";
import { checkLayer } from "./layers.ts";
import { checkKeras, toKerasFile } from "./to_keras_file.ts";

await tf.setBackend("cpu");
const testKeras = await pythonTests(
  "import keras; assert keras.__version__ >= '3'",
  "keras tensorflow-cpu",
);

/** A network of most kinds of layers. */
const EVERY: Blueprint = {
  name: "every",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [6, 7, 2] },
    {
      ...conv({ id: "s/a", input: "images", channels: 4, kernel: 3, norm: DEFAULT_NORM }),
      activation: "relu6",
      bias: true,
      padding: [1, 1, 0, 2],
    },
    {
      ...{ id: "s/b", op: "depthwise-conv", inputs: ["s/a"], kernel: [3, 3], strides: [1, 1] },
      ...{ padding: [1, 1, 1, 1], dilation: [1, 1], bias: false, activation: "relu" },
    },
    conv({ id: "s/c", input: "s/b", channels: 4, kernel: 1 }),
    { id: "s/add", op: "add", inputs: ["s/c", "s/a"], projection: { norm: false } },
    { id: "both", op: "concat", inputs: ["s/add", "s/a"] },
    { id: "n", op: "norm", inputs: ["both"], norm: { epsilon: 0.25, momentum: 0.75 } },
    { id: "most", op: "pool", inputs: ["n"], pool: "max", ...window([3, 3], [1, 1, 1, 1]) },
    { id: "mean", op: "pool", inputs: ["most"], pool: "average", ...window([2, 2], [0, 0, 0, 0]) },
    { id: "flat", op: "flatten", inputs: ["mean"] },
    { id: "whole", op: "global-pool", inputs: ["n"] },
    { id: "features", op: "concat", inputs: ["flat", "whole"] },
    { id: "drop", op: "dropout", inputs: ["features"], rate: 0.5 },
    { id: "classifier", op: "dense", inputs: ["drop"], channels: 3, bias: true },
  ],
  stages: [],
  output: "classifier",
};

function window(
  size: readonly [number, number],
  padding: readonly [number, number, number, number],
) {
  return { size, padding, strides: [1, 1] } as const;
}

interface Read {
  readonly metadata: Record<string, string>;
  // deno-lint-ignore no-explicit-any -- Keras's configuration
  readonly config: any;
  readonly arrays: Record<string, HostTensor>;
}

/** Take a file apart by the libraries, not by our code. */
async function read(bytes: Uint8Array): Promise<Read> {
  const files = unzipSync(bytes);
  const { FS } = await ready;
  FS.writeFile("read.h5", files["model.weights.h5"]!);
  const file = new File("read.h5", "r");
  const arrays = Object.fromEntries(
    file.paths().flatMap((path) => {
      const found = file.get(path);
      if (!(found instanceof Dataset)) return [];
      return [[path, { shape: found.shape!, values: found.value as Float32Array }]];
    }),
  );
  file.close();
  FS.unlink("read.h5");
  const json = (name: string) => JSON.parse(strFromU8(files[name]!));
  return { metadata: json("metadata.json"), config: json("config.json"), arrays };
}

Deno.test("toKerasFile() stores weights by class and place, as Keras 3 does", async () => {
  const tensors = tf.memory().numTensors;
  const weights = await someWeights(EVERY);
  const { arrays } = await read(await toKerasFile({ blueprint: EVERY, weights }));
  const norm = (id: string) => ["gamma", "beta", "mean", "variance"].map((p) => `${id}/norm/${p}`);
  const expected = {
    conv2d: ["s/a/kernel", "s/a/bias"],
    batch_normalization: norm("s/a"),
    depthwise_conv2d: ["s/b/kernel"],
    conv2d_1: ["s/c/kernel"],
    batch_normalization_1: norm("n"),
    dense: ["classifier/kernel", "classifier/bias"],
  };
  const { "layers/dropout/seed_generator/vars/0": seed, ...rest } = arrays;
  assertEquals([seed!.shape, seed!.values instanceof Uint32Array], [[2], true]);
  assertEquals(
    rest,
    Object.fromEntries(
      Object.entries(expected).flatMap(([group, names]) =>
        names.map((name, i) => [`layers/${group}/vars/${i}`, weights[name]!])
      ),
    ),
  );
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("toKerasFile() describes the layers as Keras 3 does", async () => {
  const weights = await someWeights(EVERY);
  const { config, metadata } = await read(await toKerasFile({ blueprint: EVERY, weights }));
  assert(metadata.keras_version!.startsWith("3."));
  assertEquals([config.module, config.class_name, config.config.name], ["keras", "Model", "every"]);
  assertEquals(config.config.input_layers, ["images", 0, 0]);
  assertEquals(config.config.output_layers, ["classifier", 0, 0]);
  const layers = new Map<string, Read["config"]>(
    config.config.layers.map((layer: Read["config"]) => [layer.name, layer]),
  );
  assertEquals([...layers.values()].map((layer) => layer.class_name), [
    ...["InputLayer", "ZeroPadding2D", "Conv2D", "BatchNormalization", "ReLU"],
    ...["DepthwiseConv2D", "ReLU", "Conv2D", "Add", "Concatenate"],
    ...["BatchNormalization", "MaxPooling2D", "AveragePooling2D", "Flatten"],
    ...["GlobalAveragePooling2D", "Concatenate", "Dropout", "Dense"],
  ]);
  assertEquals(layers.get("images").config, {
    dtype: "float32",
    batch_shape: [null, 6, 7, 2],
    sparse: false,
    name: "images",
  });
  assertEquals(layers.get("s.a").config, {
    ...{ name: "s.a", dtype: "float32", trainable: true, filters: 4, kernel_size: [3, 3] },
    ...{ strides: [1, 1], padding: "valid", data_format: "channels_last", dilation_rate: [1, 1] },
    ...{ activation: "linear", use_bias: true },
  });
  const tensor = (layer: string, shape: (number | null)[]) => ({
    class_name: "__keras_tensor__",
    config: { shape, dtype: "float32", keras_history: [layer, 0, 0] },
  });
  const [a, b] = [tensor("s.c", [null, 6, 7, 4]), tensor("s.a.activation", [null, 6, 7, 4])];
  assertEquals(layers.get("s.add").inbound_nodes, [{ args: [[a, b]], kwargs: {} }]);
  const features = tensor("features", [null, 5 * 6 * 8 + 8]);
  assertEquals(layers.get("drop").inbound_nodes, [{ args: [features], kwargs: {} }]);
});

Deno.test("checkKeras() names what cannot be written", () => {
  const nodes = EVERY.nodes.map((node) =>
    node.id === "mean" && node.op === "pool" ? { ...node, padding: [1, 0, 1, 0] as const } : node
  );
  const pool = assertThrows(() => checkKeras({ ...EVERY, nodes }), EspalierError, '"mean"');
  assertEquals(pool.code, "ERR_EXPORT_UNSUPPORTED");
  const layers = [
    { name: "s.odd", className: "ThresholdedReLU" },
    { name: "s.odd", className: "Conv2D", activation: "hardSigmoid" },
  ];
  for (const layer of layers) {
    const unlike = assertThrows(() => checkLayer(layer), EspalierError, '"s.odd"');
    assertEquals(unlike.code, "ERR_EXPORT_UNSUPPORTED");
  }
});

Deno.test("toKerasFile() leaves nothing behind when it refuses", async () => {
  const tensors = tf.memory().numTensors;
  const refused = () => toKerasFile({ blueprint: EVERY, weights: {} });
  const error = await assertRejects(refused, EspalierError, '"s/a/kernel"');
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  assertEquals(tf.memory().numTensors, tensors);
});

/** Whether Keras 3 can express a network; else it is refused. */
function isWritten(blueprint: Blueprint): boolean {
  try {
    checkKeras(blueprint);
    return true;
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    assertEquals(error.code, "ERR_EXPORT_UNSUPPORTED");
    return false;
  }
}

Deno.test("checkKeras() refuses layers that it does not know, and what differs in Keras 3", () => {
  const refused = BLOCK_NETWORKS.filter((blueprint) => !isWritten(blueprint));
  assertEquals(refused.map(({ name }) => name), [
    "bilinear-corner",
    "opaque",
    "opaque-fixed",
    "hard-sigmoid",
    "gelu-tanh",
  ]);
});

const PROGRAM = `
import json, sys, keras, numpy
def outputs(case):
    model = keras.saving.load_model(case["file"], compile=False)
    given = [numpy.array(each["values"], "float32").reshape(each["shape"]) for each in case["inputs"]]
    found = model(given if len(given) > 1 else given[0], training=False)
    found = found if isinstance(found, (list, tuple)) else [found]
    return [numpy.asarray(each).ravel().tolist() for each in found]
print(json.dumps([outputs(case) for case in json.load(open(sys.argv[1]))]))
`;

testKeras("toKerasFile() computes what the layers-model does, in Python's Keras", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const networks = [
      EVERY,
      ENDS,
      SEQUENCE,
      resnet({ depth: 20, classes: 10 }),
      ...BLOCK_NETWORKS,
      ...fc.sample(arbitraryBlueprint, 15),
    ].filter(isWritten);
    const cases = await Promise.all(networks.map(async (blueprint, i) => {
      const weights = await someWeights(blueprint);
      const file = `${folder}/${i}.keras`;
      await Deno.writeFile(file, await toKerasFile({ blueprint, weights }));
      const inputs = inputsFor(blueprint);
      const given = inputs.map((each) => ({ shape: each.shape, values: [...each.dataSync()] }));
      const expected = predict(blueprint, weights, inputs);
      tf.dispose(inputs);
      return { asked: { file, inputs: given }, expected };
    }));
    await Deno.writeTextFile(
      `${folder}/cases.json`,
      JSON.stringify(cases.map(({ asked }) => asked)),
    );
    const output = await python(PROGRAM, [`${folder}/cases.json`]);
    const found: number[][][] = JSON.parse(output.trim().split("\n").at(-1)!);
    assertEquals(found.length, cases.length);
    found.forEach((outputs, i) =>
      outputs.forEach((values, k) =>
        assertClose(
          Float32Array.from(values),
          cases[i]!.expected[k]!,
          JSON.stringify(networks[i]),
        )
      )
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
