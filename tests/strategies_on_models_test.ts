/** TAS, random search and magnitudes on every network of people that has something to decide. */
import {
  channelOrders,
  classesOf,
  inputName,
  inputOf,
  inputsOf,
  outputsOf,
  reorderChannels,
} from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Blueprint,
  createRandom,
  type DataForm,
  type ItemShape,
  type MemoryDataset,
  type MemorySplit,
  type RandomStream,
  SearchSpaceToken,
  type TrainedNetwork,
} from "@espalier/core";
import { useEngine } from "@espalier/engines";
import {
  byOutput,
  classification,
  createPruner,
  flops,
  fromArrays,
  importancePruning,
  importModel,
  inheritWeights,
  l1Norm,
  randomSearch,
  regression,
  replaceAll,
  segmentation,
  swap,
  tas,
  widthSearch,
} from "@espalier/espalier";
import { trainingRecipe } from "@espalier/plugin-training-recipe";
import { compile, inheritedWeights, toLayersModel } from "@espalier/supernet";
import { countOf, type LooseSplit } from "@espalier/training";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";
import type { Expected } from "./models/expected.ts";

await useEngine("wasm", { ranks: 1 });
const folder = new URL("./fixtures/models/", import.meta.url).pathname;

/** What a network learns; all others one class an image. */
interface Task {
  readonly objective: readonly AnyPlugin[];
  readonly form: Pick<DataForm, "classes" | "inputs" | "labels">;
  /** Labels of so many images. */
  readonly labels: (count: number) => LooseSplit["labels"];
}

const waves = (length: number) => Array.from({ length }, (_, i) => 0.5 + Math.sin(i) / 2);
const one = { classes: 0, labels: { kind: "numbers", size: 1 } } as const;

const TASKS = new Map(Object.entries<Task>({
  "mlp_regression": { objective: [regression()], form: one, labels: waves },
  "two_inputs": {
    objective: [regression()],
    form: { ...one, inputs: { facts: [1, 1, 5] } },
    labels: waves,
  },
  "unet": {
    objective: [segmentation()],
    form: { classes: 2, labels: { kind: "class-map" } },
    labels: (count) => waves(count * 32 * 32).map(Math.round),
  },
  "two_outputs": {
    objective: [byOutput({ kind: classification(), box: regression() })],
    form: {
      classes: 0,
      labels: {
        kind: "by-output",
        outputs: { kind: { classes: 5 }, box: { labels: { kind: "numbers", size: 4 } } },
      },
    },
    labels: (count) => ({
      kind: Array.from({ length: count }, (_, i) => i % 5),
      box: waves(4 * count),
    }),
  },
}));

const once = { epochs: 1, batchSize: 4, rate: { peak: 0.01, warmupEpochs: 0 } };
const recipe = trainingRecipe({ pretrain: once, train: once });
const space = widthSearch({ ratios: [0.5, 0.75, 1] });

const STRATEGIES: Readonly<Record<string, readonly AnyPlugin[]>> = {
  "TAS": replaceAll(
    swap(tas({ recipe: "quick", epochs: { search: 1 } }), recipe),
    SearchSpaceToken,
    [space],
  ),
  "random search": [space, flops(), randomSearch({ candidates: 2 }), inheritWeights(), recipe],
  "magnitudes": [space, flops(), importancePruning(), l1Norm(), inheritWeights(), recipe],
};

const draw = (random: RandomStream, length: number, most: number) =>
  Float32Array.from({ length }, () => random.next() * most);

/** A few images to train on and four to test on, in the range that the network expects. */
function dataFor({ blueprint }: TrainedNetwork, task: Task | undefined): Promise<MemoryDataset> {
  const { shape } = inputOf(blueprint), outputs = classesOf(blueprint);
  const { classes = outputs, inputs, labels } = task?.form ?? {};
  const most = blueprint.nodes.some(({ op }) => op === "rescale") ? 255 : 1;
  const random = createRandom(7).stream("images");
  const sized = (count: number, [h, w, c]: ItemShape) => draw(random, count * h * w * c, most);
  const split = (count: number) => ({
    images: sized(count, shape),
    inputs: inputs && Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => [name, sized(count, shape)]),
    ),
    labels: task?.labels(count) ?? Array.from({ length: count }, (_, i) => i % outputs),
  });
  const form = { classes, shape, ...inputs && { inputs }, ...labels && { labels } };
  return fromArrays({ name: "tiny", ...form, train: split(2 * outputs), test: split(4) });
}

const fileOf = (path: string) => JSON.parse(Deno.readTextFileSync(`${path}/model.json`));

/** A saved model as stock TensorFlow.js reads it; what the author of `name` stored beside it is still there. */
async function readBack(path: string, name: string): Promise<tf.LayersModel> {
  const file = fileOf(path);
  const { weightsDigest: _, ...metadata } = file.userDefinedMetadata;
  assertEquals(metadata, fileOf(folder + name).userDefinedMetadata ?? {});
  return await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology: file.modelTopology,
    weightSpecs: file.weightsManifest[0].weights,
    weightData: (await Deno.readFile(`${path}/weights.bin`)).buffer,
  }));
}

const valuesOf = (model: tf.LayersModel, inputs: tf.Tensor[]): Float32Array[] =>
  [model.predict(inputs)].flat().map((value) => (value as tf.Tensor).dataSync<"float32">().slice());

function assertClose(found: Float32Array, wanted: Float32Array): void {
  const off = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)));
  const largest = Math.max(...wanted.map(Math.abs));
  assertEquals(found.length, wanted.length);
  assert(off <= 2e-5 * Math.max(1, largest), `off by ${off} of ${largest}`);
}

/** What the compiled network gives, with what the exported model puts behind it. */
function computed({ blueprint, weights }: TrainedNetwork, split: MemorySplit): Float32Array[] {
  using network = compile(blueprint, { random: createRandom(0) });
  network.write(weights);
  return tf.tidy(() => {
    const [x, ...others] = entered(blueprint, split).map(({ values, shape }) =>
      tf.tensor4d(values, [values.length / (shape[0] * shape[1] * shape[2]), ...shape])
    );
    const { logits, all = [logits] } = network.forward(others.length > 0 ? [x!, ...others] : x!, {
      training: false,
    });
    return outputsOf(blueprint).map(({ activation }, i) => {
      const value = all[i]!;
      const given = activation === "softmax"
        ? tf.softmax(value)
        : activation === "sigmoid"
        ? tf.sigmoid(value)
        : value;
      return given.dataSync<"float32">().slice();
    });
  });
}

/** Numbers of every input, in the network's order. */
function entered(blueprint: Blueprint, { images, inputs = {} }: MemorySplit) {
  return inputsOf(blueprint).map((node) => ({
    values: inputs[inputName(node)] as Float32Array ?? images,
    shape: node.shape,
  }));
}

for (const { name, isDirectory } of Deno.readDirSync(folder)) {
  if (!isDirectory) continue;
  const expected: Expected = JSON.parse(Deno.readTextFileSync(`${folder}${name}/expected.json`));
  if (expected.groups.length === 0) continue;
  const task = TASKS.get(name);
  for (const [strategy, plugins] of Object.entries(STRATEGIES)) {
    Deno.test(`${strategy} prunes ${name}, which stock TensorFlow.js reads back`, () =>
      withFolder(async (directory) => {
        const imported = await importModel(`${folder}${name}/model.json`);
        const data = await dataFor(imported, task);
        const tensors = tf.memory().numTensors;
        await using pruner = createPruner({
          network: imported,
          data,
          budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
          plugins: [...plugins, ...task?.objective ?? []],
        });
        const { model, student, surgery, report } = await pruner.run({
          directory: `${directory}/run`,
        }).result;
        assert(surgery !== null);
        const [unpruned, pruned] = report.rows;
        assert(pruned!.costs["macs"]! <= 0.8 * unpruned!.costs["macs"]!);
        const stock = await readBack(model.path!, name);
        assertEquals(stock.inputNames, expected.inputs.map(({ name }) => name));
        assertEquals(stock.outputNames, expected.outputs.map(({ name }) => name));
        const wanted = computed(student, data.test);
        tf.tidy(() => {
          const inputs = entered(student.blueprint, data.test).map(({ values }, i) =>
            tf.tensor(values, [
              countOf(data.test, data.shape),
              ...stock.inputs[i]!.shape.slice(1) as number[],
            ])
          );
          valuesOf(stock, inputs).forEach((found, i) => assertClose(found, wanted[i]!));
        });
        stock.dispose();
        assertEquals(tf.memory().numTensors, tensors);
      }));
  }
}
for (const { name, isDirectory } of Deno.readDirSync(folder)) {
  if (!isDirectory) continue;
  Deno.test(`${name} computes the same with its channels sorted by importance`, async () => {
    const expected: Expected = JSON.parse(Deno.readTextFileSync(`${folder}${name}/expected.json`));
    const { blueprint, weights } = await importModel(`${folder}${name}/model.json`);
    const orders = channelOrders({ blueprint, weights });
    const sorted = inheritedWeights(reorderChannels(blueprint, orders), { blueprint, weights });
    const isInOrder = [...orders.values()].every((order) => order.every((c, i) => c === i));
    assertEquals(isInOrder, expected.groups.length === 0);
    const [before, after] = [toLayersModel(blueprint, weights), toLayersModel(blueprint, sorted)];
    tf.tidy(() => {
      const inputs = expected.inputs.map(({ values, shape }) => tf.tensor([...values], [...shape]));
      const wanted = valuesOf(before, inputs);
      valuesOf(after, inputs).forEach((found, i) => assertClose(found, wanted[i]!));
    });
    before.dispose();
    after.dispose();
  });
}
