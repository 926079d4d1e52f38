/** Layers that TensorFlow.js runs, trained as asked: their gradients, and whole prunings around them. */
import {
  createRandom,
  EspalierError,
  type HostTensor,
  SearchSpaceToken,
  type TrainedNetwork,
} from "@espalier/core";
import { useEngine } from "@espalier/engines";
import {
  createPruner,
  fromArrays,
  importModel,
  replaceAll,
  swap,
  tas,
  widthSearch,
} from "@espalier/espalier";
import { trainingRecipe } from "@espalier/plugin-training-recipe";
import { compile } from "@espalier/supernet";
import { lossGradients } from "@espalier/training";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";

const SHAPE: [number, number] = [5, 3];

/** Layers between a sequence and a vector, by what they are called. */
const LAYERS: Readonly<Record<string, () => tf.layers.Layer[]>> = {
  "LSTM": () => [tf.layers.lstm({ name: "odd", units: 3, inputShape: SHAPE })],
  "GRU": () => [tf.layers.gru({ name: "odd", units: 3, inputShape: SHAPE })],
  "Bidirectional": () => [tf.layers.bidirectional({
    ...{ name: "odd", inputShape: SHAPE, mergeMode: "concat" },
    layer: tf.layers.simpleRNN({ units: 2 }) as tf.RNN,
  })],
  "LayerNormalization": () => [
    tf.layers.layerNormalization({ name: "odd", inputShape: SHAPE }),
    tf.layers.flatten({ name: "flat" }),
  ],
  // Its inner norm moves no averages and trains its scale and offset.
  "TimeDistributed": () => [
    tf.layers.timeDistributed({
      ...{ name: "odd", inputShape: SHAPE },
      layer: tf.layers.batchNormalization({}),
    }),
    tf.layers.flatten({ name: "flat" }),
  ],
};

async function networkOf(layers: tf.layers.Layer[]): Promise<TrainedNetwork> {
  const model = tf.sequential({
    layers: [...layers, tf.layers.dense({ name: "out", units: 2 })],
  });
  const imported = await importModel(model, { trainOpaque: ["*"] });
  model.dispose();
  const random = createRandom(4);
  const weights = Object.fromEntries(
    Object.entries(imported.weights).map(([name, { shape, values }]) => {
      const stream = random.stream(name);
      // TensorFlow.js draws matrices without a seed, and a gate's kink may then be near.
      const isMatrix = shape.length > 1;
      const drawn = values.map((value) =>
        isMatrix ? 0.6 * stream.next() - 0.3 : value + 0.3 * stream.next()
      );
      return [name, { shape, values: drawn }];
    }),
  );
  return { blueprint: imported.blueprint, weights };
}

/** The largest error of the gradients of all weights, relative to the largest difference quotient. */
function errorOf({ blueprint, weights }: TrainedNetwork): number {
  const tensors = tf.memory().numTensors;
  let error = 0, largest = 0;
  {
    using network = compile(blueprint, { random: createRandom(1), weights });
    const images = tf.randomNormal<tf.Rank.R4>([4, 1, ...SHAPE], 0, 1, "float32", 5);
    const loss = () =>
      tf.tidy(() =>
        network.forward(images, { training: true }).logits.square().mean() as tf.Scalar
      );
    const valueAt = (name: string, values: Float32Array): number => {
      network.write({ [name]: { shape: weights[name]!.shape, values } });
      const value = loss();
      const [found] = value.dataSync();
      value.dispose();
      return found!;
    };
    const found = lossGradients(loss, network.parameters);
    const before = tf.memory().numTensors;
    for (const [name, variable] of network.parameters) {
      const gradient = found.gradients.get(name)!.dataSync();
      const { values } = weights[name]!;
      assertEquals(variable.shape, [...weights[name]!.shape]);
      values.forEach((value, i) => {
        const [more, less] = [1e-2, -1e-2].map((by) => valueAt(name, values.with(i, value + by)));
        const difference = (more! - less!) / 2e-2;
        error = Math.max(error, Math.abs(difference - gradient[i]!));
        largest = Math.max(largest, Math.abs(difference));
      });
      valueAt(name, values);
    }
    assertEquals(tf.memory().numTensors, before);
    tf.dispose([images, found.loss, ...found.gradients.values()]);
  }
  assertEquals(tf.memory().numTensors, tensors);
  return error / largest;
}

for (const engine of ["cpu", "wasm"] as const) {
  for (const [name, make] of Object.entries(LAYERS)) {
    Deno.test(`weights of a ${name} have the gradients of finite differences, by ${engine}`, async () => {
      await useEngine(engine, { ranks: 1 });
      const network = await networkOf(make());
      const node = network.blueprint.nodes.find(({ op }) => op === "opaque");
      const { length } = Object.keys(network.weights).filter((name) => name.startsWith("odd/"));
      // The moving averages of the inner norm are not trained.
      assert(node?.op === "opaque");
      assertEquals(node.trained.length, name === "TimeDistributed" ? length - 2 : length);
      assert(errorOf(network) < 5e-4);
    });
  }
}

const CLASSES = 3;

/** A convolution, an LSTM that reads it, a norm of what that gives, and a classifier. */
const talker = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv1d({ name: "wide", inputShape: [8, 2], filters: 8, kernelSize: 3 }),
      tf.layers.conv1d({ name: "read", filters: 4, kernelSize: 3, activation: "relu" }),
      tf.layers.lstm({ name: "memory", units: 4 }),
      tf.layers.layerNormalization({ name: "even" }),
      tf.layers.dense({ name: "word", units: CLASSES, activation: "softmax" }),
    ],
  });

async function data() {
  const stream = createRandom(2).stream("frames");
  const split = (count: number) => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
    const images = Float32Array.from(
      { length: count * 16 },
      (_, i) => stream.normal() + labels[i >> 4]!,
    );
    return { images, labels };
  };
  const shape = [1, 8, 2] as const;
  return await fromArrays({
    ...{ name: "frames", classes: CLASSES, shape, train: split(24), test: split(12) },
  });
}

const once = { epochs: 1, batchSize: 8, rate: { peak: 0.05, warmupEpochs: 0 } };
const plugins = () =>
  replaceAll(
    swap(
      tas({ recipe: "quick", epochs: { search: 1 } }),
      trainingRecipe({ pretrain: once, train: once }),
    ),
    SearchSpaceToken,
    [widthSearch({ ratios: [0.5, 1] })],
  );

const same = (a: HostTensor | undefined, b: HostTensor | undefined): boolean =>
  a!.values.every((value, i) => value === b!.values[i]);

for (const [patterns, trained] of [[[], []], [["mem*"], ["memory"]], [["*"], ["memory", "even"]]]) {
  Deno.test(`a run trains "${patterns}" of the layers that TensorFlow.js runs, and exports it`, async () => {
    await useEngine("wasm", { ranks: 1 });
    const model = talker();
    const imported = await importModel(model, { trainOpaque: patterns });
    model.dispose();
    const tensors = tf.memory().numTensors;
    for (const [i, name] of ["memory", "even"].entries()) {
      assertStringIncludes(imported.notes[i]!, `"${name}"`);
      assertEquals(imported.notes[i]!.includes("not trained"), !trained!.includes(name));
    }
    await withFolder(async (directory) => {
      await using pruner = createPruner({
        network: imported,
        data: await data(),
        budget: { cost: "macs", target: 0.75, tolerance: 0.2 },
        plugins: plugins(),
      });
      const { student, model } = await pruner.run({ directory }).result;
      using saved = new DisposableStack();
      const stock = saved.adopt(await model.load(), (each) => each.dispose());
      const exported = await importModel(stock);
      for (const [name, given] of Object.entries(imported.weights)) {
        const [layer] = name.split("/");
        if (layer !== "memory" && layer !== "even") continue;
        assertEquals(same(student.weights[name], given), !trained!.includes(layer), name);
        assert(same(exported.weights[name], student.weights[name]), name);
      }
    });
    assertEquals(tf.memory().numTensors, tensors);
  });
}

Deno.test("importModel() refuses to train what is not there", async () => {
  const model = talker();
  const error = await assertRejects(
    () => importModel(model, { trainOpaque: ["mem*", "read"] }),
    EspalierError,
    '"memory", "even"',
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  assertStringIncludes(error.message, '"read"');
  model.dispose();
});
