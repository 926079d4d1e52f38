import {
  createRandom,
  EspalierError,
  type MemoryDataset,
  type Network,
  ofType,
  type TrainedNetwork,
} from "@espalier/core";
import { pipeline } from "@espalier/core";
import {
  flops,
  importancePruning,
  inheritWeights,
  l1Norm,
  trainingRecipe,
  widthSearch,
} from "@espalier/espalier";
import { compile, initialWeights, parameterSpecs } from "@espalier/supernet";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { lastValueFrom, toArray } from "rxjs";
import { createPruner } from "./pruner.ts";
import * as phases from "./phases/mod.ts";
import { proveSurgery } from "./phases/prove_surgery.ts";

await tf.setBackend("cpu");

const once = { epochs: 1, batchSize: 8, rate: { warmupEpochs: 0 } };
const CONFIG = {
  data: toyData(),
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
  plugins: [
    widthSearch({ residual: "tie", ratios: [0.25, 0.5, 0.75, 1] }),
    flops(),
    importancePruning(),
    l1Norm(),
    inheritWeights(),
    trainingRecipe({ pretrain: once, train: once }),
  ],
} as const;

function trained(seed: number): TrainedNetwork {
  const blueprint = toyNetwork();
  return { blueprint, weights: initialWeights(parameterSpecs(blueprint), createRandom(seed)) };
}

Deno.test("a trained network is where the default pipeline begins: pretrain is left out", async () => {
  const network = trained(3);
  const tensors = tf.memory().numTensors;
  await using pruner = createPruner({ ...CONFIG, network });
  const run = pruner.run();
  const events = lastValueFrom(run.events$.pipe(ofType("run:start"), toArray()));
  const { teacher } = await run.result;
  assertEquals(teacher, network);
  assertEquals((await events)[0]!.phases, [
    ...["given", "search", "derive", "control", "train", "evaluate"],
  ]);
  assertEquals(tf.memory().numTensors, tensors);
});

/** Accuracy and loss that a network has on images as they are given. */
function measured({ blueprint, weights }: TrainedNetwork, { test, shape }: MemoryDataset): number {
  using network: Network = compile(blueprint, { random: createRandom(0) });
  network.write(weights);
  return tf.tidy(() => {
    const images = tf.tensor4d(Float32Array.from(test.images), [test.labels.length, ...shape]);
    const { logits } = network.forward(images, { training: false });
    const hot = tf.oneHot(tf.tensor1d(Int32Array.from(test.labels), "int32"), 2);
    return tf.losses.softmaxCrossEntropy(hot, logits).dataSync()[0]!;
  });
}

Deno.test("images enter a trained network as they are, unless their dataset normalises them", async () => {
  const floats = ({ images, labels }: MemoryDataset["test"]) => ({
    images: Float32Array.from(images, (value) => value / 128 - 1),
    labels,
  });
  const { train, test, ...rest } = toyData();
  const data = { ...rest, train: floats(train), test: floats(test) };
  const network = trained(3);
  await using pruner = createPruner({ ...CONFIG, data, network });
  const { report } = await pruner.run().result;
  assertEquals(report.normalization, { mean: [0], deviation: [1] });
  assertAlmostEquals(report.rows[0]!.loss, measured(network, data), 1e-5);

  const normalization = { mean: [128 / 255], deviation: [128 / 255] };
  await using bytes = createPruner({ ...CONFIG, data: { ...toyData(), normalization }, network });
  const { report: other } = await bytes.run().result;
  assertEquals(other.normalization, normalization);
  assertAlmostEquals(other.rows[0]!.loss, report.rows[0]!.loss, 1e-5);
});

Deno.test("what follows a trained network is stored under the digest of its weights", async () => {
  const cached = async (seed: number, directory: string) => {
    await using pruner = createPruner({ ...CONFIG, network: trained(seed) });
    const run = pruner.run({ directory });
    const ends = lastValueFrom(run.events$.pipe(ofType("phase:end"), toArray()));
    await run.result;
    return (await ends).filter((end) => end.cached).length;
  };
  const folder = await Deno.makeTempDir();
  assertEquals(await cached(1, `${folder}/a`), 0);
  assertEquals(await cached(1, `${folder}/b`), 5);
  assertEquals(await cached(2, `${folder}/c`), 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createPruner() refuses weights that do not fit or that no phase would use", async () => {
  const network = trained(1);
  const { "stem/kernel": _, ...weights } = network.weights;
  const refuse = (config: Parameters<typeof createPruner>[0], message: string) => {
    const error = assertThrows(() => createPruner(config), EspalierError, message);
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  };
  refuse({ ...CONFIG, network: { ...network, weights } }, '"stem/kernel"');
  const training = pipeline().phase(phases.pretrain()).phase(phases.search());
  refuse({ ...CONFIG, network, pipeline: training }, "phases.given(network)");
  assertThrows(() => phases.given({} as TrainedNetwork), EspalierError, "weights");
  const given = pipeline().phase(phases.given({ weights })).phase(phases.search());
  await using pruner = createPruner({ ...CONFIG, network: toyNetwork(), pipeline: given });
  await assertRejects(() => pruner.run().result, EspalierError, '"stem/kernel"');
});

Deno.test("a run proves its surgery, in an event and in the report", async () => {
  await using pruner = createPruner({ ...CONFIG, network: trained(3) });
  const run = pruner.run();
  const checks = lastValueFrom(run.events$.pipe(ofType("derive:check"), toArray()));
  const { report, surgery } = await run.result;
  assert(surgery !== null && surgery.difference < 1e-5);
  assertEquals(surgery.images, 4);
  assertEquals(report.surgery, surgery);
  assertEquals((await checks).map(({ images, difference }) => ({ images, difference })), [surgery]);
});

Deno.test("surgery is not compared where the derived network has projections", async () => {
  const plugins = [widthSearch({ ratios: [0.5, 1] }), ...CONFIG.plugins.slice(1, 2)];
  const choices = { stem: 4, "stage1/block0/conv_b": 2, "stage1/block1/conv_b": 4 };
  const rest = { "stage1/block0/conv_a": 4, "stage1/block1/conv_a": 4 };
  const network = trained(3);
  await using pruner = createPruner({
    ...{ ...CONFIG, plugins, network },
    pipeline: pipeline().phase(phases.given(network)).phase({
      ...{ name: "chosen", version: "1", uses: [], makes: ["architecture"] },
      run: () =>
        Promise.resolve({ architecture: { network: "toy", choices: { ...choices, ...rest } } }),
    }).phase(phases.derive()),
  });
  const run = pruner.run();
  const checks = lastValueFrom(run.events$.pipe(ofType("derive:check"), toArray()));
  assertEquals((await run.result).surgery, null);
  assertEquals(await checks, []);
});

Deno.test("surgery that took other channels than it says is an error", async () => {
  const teacher = trained(3);
  const { nodes } = teacher.blueprint;
  // As if derive had put the weights of another channel in place of those that it names.
  const wrong = nodes.map((node) =>
    node.id === "classifier"
      ? { ...node, origin: { node: node.id, inputs: [0, 1, 2, 3], outputs: [1, 0] } }
      : node
  );
  const pruned = { ...teacher.blueprint, nodes: wrong };
  const context = {
    ...{ phase: "derive", blueprint: teacher.blueprint, dataset: toyData() },
    ...{ random: createRandom(0), emit: () => {} },
  };
  const error = await assertRejects(
    () => proveSurgery(context as never, { pruned, teacher }),
    EspalierError,
    "off by",
  );
  assertEquals(error.code, "ERR_DERIVE_DIFFERS");
});
