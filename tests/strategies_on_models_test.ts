/** TAS, random search and magnitudes on every network of people that has something to decide. */
import {
  channelOrders,
  classesOf,
  costFunction,
  decisionsOf,
  derive,
  inputOf,
  inputsOf,
  keptOf,
  macs,
  reorderChannels,
} from "@espalier/blueprint";
import {
  type AnyPlugin,
  createRandom,
  type Dataset,
  type RandomStream,
  SearchSpaceToken,
  type TrainedNetwork,
} from "@espalier/core";
import { openServices } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import {
  createPruner,
  flops,
  fromArrays,
  importModel,
  inheritWeights,
  magnitudePruning,
  randomSearch,
  replaceAll,
  saveModel,
  swap,
  tas,
  widthSearch,
} from "@espalier/espalier";
import {
  channelImportance,
  pruneByMagnitude,
  rankChannels,
} from "@espalier/plugin-magnitude-pruning";
import { trainingRecipe } from "@espalier/plugin-training-recipe";
import { compile, inheritedWeights, readersMasked, toLayersModel } from "@espalier/supernet";
import { assert, assertEquals } from "@std/assert";
import { countOf } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";
import type { Expected } from "./models/expected.ts";

await useEngine("wasm", { ranks: 1 });
const folder = new URL("./fixtures/models/", import.meta.url).pathname;

/** What the trainings cannot do yet: no one class an image, or several inputs or outputs. */
const UNTRAINED = ["mlp_regression", "two_inputs", "two_outputs", "unet"];

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
  "magnitudes": [space, flops(), magnitudePruning(), inheritWeights(), recipe],
};

const draw = (random: RandomStream, length: number, most: number) =>
  Float32Array.from({ length }, () => random.next() * most);

/** Eight images to train on and four to test on, in the range that the network expects. */
function dataFor({ blueprint }: TrainedNetwork): Promise<Dataset> {
  const { shape } = inputOf(blueprint), classes = classesOf(blueprint);
  const most = blueprint.nodes.some(({ op }) => op === "rescale") ? 255 : 1;
  const random = createRandom(7).stream("images");
  const split = (count: number) => ({
    images: draw(random, count * shape[0] * shape[1] * shape[2], most),
    labels: Array.from({ length: count }, (_, i) => i % classes),
  });
  return fromArrays({ name: "tiny", classes, shape, train: split(2 * classes), test: split(4) });
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
function computed({ blueprint, weights }: TrainedNetwork, images: Float32Array): Float32Array {
  using network = compile(blueprint, { random: createRandom(0) });
  network.write(weights);
  const { shape } = inputOf(blueprint);
  const [activation] = (blueprint.outputs ?? []).map((output) => output.activation);
  return tf.tidy(() => {
    const x = tf.tensor4d(images, [images.length / (shape[0] * shape[1] * shape[2]), ...shape]);
    const { logits } = network.forward(x, { training: false });
    const value = activation === "softmax"
      ? tf.softmax(logits)
      : activation === "sigmoid"
      ? tf.sigmoid(logits)
      : logits;
    return value.dataSync<"float32">().slice();
  });
}

for (const { name, isDirectory } of Deno.readDirSync(folder)) {
  if (!isDirectory) continue;
  const expected: Expected = JSON.parse(Deno.readTextFileSync(`${folder}${name}/expected.json`));
  if (expected.groups.length === 0) continue;
  if (UNTRAINED.includes(name)) continue;
  for (const [strategy, plugins] of Object.entries(STRATEGIES)) {
    Deno.test(`${strategy} prunes ${name}, which stock TensorFlow.js reads back`, () =>
      withFolder(async (directory) => {
        const imported = await importModel(`${folder}${name}/model.json`);
        const data = await dataFor(imported);
        const tensors = tf.memory().numTensors;
        await using pruner = createPruner({
          network: imported,
          data,
          budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
          plugins,
        });
        const { model, student, surgery, report } = await pruner.run({
          directory: `${directory}/run`,
        }).result;
        assert(surgery !== null);
        const [unpruned, pruned] = report.rows;
        assert(pruned!.costs["macs"]! <= 0.8 * unpruned!.costs["macs"]!);
        const images = data.test.images as Float32Array;
        const stock = await readBack(model.path!, name);
        const [input] = stock.inputs;
        assertEquals(stock.inputNames, expected.inputs.map(({ name }) => name));
        assertEquals(stock.outputNames, expected.outputs.map(({ name }) => name));
        const x = tf.tensor(images, [
          countOf(data.test, data.shape),
          ...input!.shape.slice(1) as number[],
        ]);
        assertClose(
          tf.tidy(() => valuesOf(stock, [x]))[0]!,
          computed(student, images),
        );
        x.dispose();
        stock.dispose();
        assertEquals(tf.memory().numTensors, tensors);
      }));
  }
}

/** Pruned by magnitudes to half of its multiply-adds, without training. */
function smaller(teacher: TrainedNetwork): TrainedNetwork {
  const { blueprint, weights } = teacher;
  const services = openServices([widthSearch()]);
  const decisions = decisionsOf(blueprint, services.getAll(SearchSpaceToken));
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  const importances = new Map(decisions.map(({ id, effect }) => [
    id,
    channelImportance(
      effect.kind === "channels" ? effect.nodes.map((node) => nodes.get(node)!) : [],
      weights,
    ),
  ]));
  const cost = costFunction(blueprint, {
    decisions,
    model: { name: "macs", unit: "multiply-adds", cost: macs },
  });
  const whole = cost(
    Object.fromEntries(decisions.map(({ id, candidates }) => [id, candidates.at(-1)!])),
  );
  const budget = { target: whole / 2, low: whole * 0.4, high: whole * 0.6 };
  const choices = pruneByMagnitude(decisions, { importances, budget, cost });
  assert(cost(choices) < 0.65 * whole);
  const ranking = Object.fromEntries(
    [...importances].map(([id, values]) => [id, rankChannels(values)]),
  );
  const kept = keptOf(choices, { decisions, ranking });
  const pruned = derive(blueprint, { decisions, choices, kept });
  return { blueprint: pruned, weights: inheritedWeights(pruned, teacher) };
}

for (const name of UNTRAINED) {
  Deno.test(`magnitudes prune ${name} without training, which stock TensorFlow.js reads back`, () =>
    withFolder(async (directory) => {
      const expected: Expected = JSON.parse(
        Deno.readTextFileSync(`${folder}${name}/expected.json`),
      );
      const imported = await importModel(`${folder}${name}/model.json`);
      assertEquals(inputsOf(imported.blueprint).length, expected.inputs.length);
      const tensors = tf.memory().numTensors;
      const compact = smaller(imported);
      await saveModel(compact, directory);
      const stock = await readBack(directory, name);
      assertEquals(stock.inputNames, expected.inputs.map(({ name }) => name));
      assertEquals(stock.outputNames, expected.outputs.map(({ name }) => name));
      const masked = toLayersModel(
        imported.blueprint,
        readersMasked(compact.blueprint, imported),
      );
      tf.tidy(() => {
        const inputs = expected.inputs.map(({ values, shape }) =>
          tf.tensor([...values], [...shape])
        );
        const wanted = valuesOf(masked, inputs);
        valuesOf(stock, inputs).forEach((found, i) => assertClose(found, wanted[i]!));
      });
      stock.dispose();
      masked.dispose();
      assertEquals(tf.memory().numTensors, tensors);
    }));
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
