// Whole prunings of networks that learn other things than one class an image.
import { conv, DEFAULT_NORM, outputNames } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Blueprint,
  type Dataset,
  EspalierError,
  type Numbers,
  ofType,
  type SearchContext,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import {
  byOutput,
  classification,
  createPruner,
  definePlugin,
  fromArrays,
  multiLabel,
  phases,
  pipeline,
  randomSearch,
  regression,
  segmentation,
  swap,
  tas,
  without,
} from "@espalier/espalier";
import { noOptions } from "@espalier/core";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { sourceOf } from "../training/data/testing.ts";

await tf.setBackend("cpu");

const budget = { cost: "macs", target: 0.6, tolerance: 0.3 } as const;
const PLUGINS = tas({
  recipe: "quick",
  epochs: { pretrain: 20, search: 2, train: 20 },
});

const unit = (id: string, input: string, kernel: number) =>
  conv({ id, input, channels: 8, kernel, norm: DEFAULT_NORM, activation: "relu" });

/** Two hidden layers of 8 on a row of a table, which is an image of one pixel. */
const MLP: Blueprint = {
  name: "mlp",
  nodes: [
    { id: "row", op: "input", inputs: [], shape: [1, 1, 3] },
    unit("hidden1", "row", 1),
    unit("hidden2", "hidden1", 1),
    { id: "vector", op: "flatten", inputs: ["hidden2"] },
    { id: "numbers", op: "dense", inputs: ["vector"], channels: 2, bias: true },
  ],
  stages: [],
  output: "numbers",
};

/** A fully convolutional network that gives its map as a vector. */
const FCN: Blueprint = {
  name: "fcn",
  nodes: [
    { id: "image", op: "input", inputs: [], shape: [4, 4, 1] },
    unit("conv1", "image", 3),
    unit("conv2", "conv1", 3),
    { ...conv({ id: "map", input: "conv2", channels: 2, kernel: 1 }), bias: true },
    { id: "vector", op: "flatten", inputs: ["map"] },
  ],
  stages: [],
  output: "vector",
};

/** The same, whose output is the map. */
const MAP: Blueprint = { ...FCN, name: "map", nodes: FCN.nodes.slice(0, -1), output: "map" };

/** The sum and the difference of two of three numbers. */
function table(): Promise<Dataset> {
  const split = (count: number, seed: number) => {
    const images = Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i * i + seed));
    const labels = Float32Array.from({ length: 2 * count }, (_, i) => {
      const [a, b] = images.subarray(3 * (i >> 1));
      return i % 2 === 0 ? a! + b! : a! - b!;
    });
    return { images, labels };
  };
  return fromArrays({
    name: "table",
    shape: [1, 1, 3],
    labels: { kind: "numbers", size: 2 },
    train: split(64, 0),
    test: split(32, 7),
  });
}

/** Bright pixels are of class 1. */
function masks(): Promise<Dataset> {
  const split = (count: number, seed: number) => {
    const images = Uint8Array.from({ length: 16 * count }, (_, i) => (i * i * 31 + seed) % 251);
    return { images, labels: images.map((pixel) => pixel > 120 ? 1 : 0) };
  };
  return fromArrays({
    name: "masks",
    shape: [4, 4, 1],
    classes: 2,
    labels: { kind: "class-map" },
    train: split(48, 0),
    test: split(16, 5),
    augment: { pad: 1, flip: true },
  });
}

/** Which halves of an image are bright: none, one or both. */
function halves(): Promise<Dataset> {
  const split = (count: number) => {
    const labels = Uint8Array.from({ length: 2 * count }, (_, i) => (i >> 1) >> (i % 2) & 1);
    const images = Uint8Array.from({ length: 36 * count }, (_, i) => {
      const isRight = i % 6 >= 3 ? 1 : 0;
      return 20 + 180 * labels[2 * Math.floor(i / 36) + isRight]! + (i * 7) % 30;
    });
    return { images, labels };
  };
  const both = { train: split(32), test: split(16) };
  const form = { shape: [6, 6, 1] as const, classes: 2, labels: { kind: "classes" } as const };
  return fromArrays({ name: "halves", ...form, ...both });
}

/** A picture and two numbers enter; a class and a number leave. */
const BOTH: Blueprint = {
  name: "both",
  nodes: [
    { id: "photo", op: "input", inputs: [], shape: [4, 4, 1] },
    { id: "facts", op: "input", inputs: [], shape: [1, 1, 2] },
    unit("conv", "photo", 3),
    { id: "seen", op: "global-pool", inputs: ["conv"] },
    unit("told", "facts", 1),
    { id: "vector", op: "flatten", inputs: ["told"] },
    { id: "all", op: "concat", inputs: ["seen", "vector"] },
    { id: "bright", op: "dense", inputs: ["seen"], channels: 1, bias: true },
    { id: "sum", op: "dense", inputs: ["all"], channels: 1, bias: true },
  ],
  stages: [],
  output: "bright",
  outputs: [{ node: "bright", activation: "sigmoid" }, { node: "sum" }],
};

/** Whether a picture is bright; the sum of two numbers that stand beside it. */
function pairs(): Promise<Dataset> {
  const split = (count: number) => {
    const bright = Array.from({ length: count }, (_, i) => i % 2);
    const facts = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i * i));
    return {
      images: Uint8Array.from(
        { length: 16 * count },
        (_, i) => 20 + 180 * bright[i >> 4]! + (i * 7) % 30,
      ),
      inputs: { facts },
      labels: { bright, sum: bright.map((_, i) => facts[2 * i]! + facts[2 * i + 1]!) },
    };
  };
  return fromArrays({
    name: "pairs",
    shape: [4, 4, 1],
    inputs: { facts: [1, 1, 2] },
    labels: {
      kind: "by-output",
      outputs: { bright: { classes: 2 }, sum: { labels: { kind: "numbers", size: 1 } } },
    },
    train: split(64),
    test: split(32),
    augment: { pad: 1, flip: true },
  });
}

/** A whole pruning; it leaves no tensor. */
async function prune(network: Blueprint, data: Dataset, plugins: readonly AnyPlugin[]) {
  const before = tf.memory().numTensors;
  await using pruner = createPruner({ network, data, budget, plugins });
  const run = pruner.run({ seed: 1 });
  const names = new Set<string>();
  run.events$.pipe(ofType("train:epoch", "search:epoch", "evaluate:end")).subscribe((event) => {
    for (const name of Object.keys(event.metrics ?? {})) names.add(name);
  });
  const result = await run.result;
  assertEquals(tf.memory().numTensors, before);
  return { ...result, names: [...names] };
}

const TASKS: Record<string, readonly [Blueprint, () => Promise<Dataset>, AnyPlugin, string[]]> = {
  regression: [MLP, table, regression(), ["mean absolute error"]],
  segmentation: [FCN, masks, segmentation(), ["mean IoU", "pixel accuracy"]],
  "segmentation by a map": [MAP, masks, segmentation(), ["mean IoU", "pixel accuracy"]],
  "several classes an image": [toyNetwork(), halves, multiLabel(), ["F1", "accuracy"]],
  "two inputs and two outputs": [
    BOTH,
    pairs,
    byOutput({ bright: classification(), sum: regression() }),
    ["bright: accuracy", "sum: mean absolute error"],
  ],
};

for (const [name, [network, data, objective, metrics]] of Object.entries(TASKS)) {
  Deno.test(`TAS prunes a network for ${name}, which beats the same guess for all`, async () => {
    const { report, names } = await prune(network, await data(), [...PLUGINS, objective]);
    assertEquals(names, metrics);
    assertEquals(report.metric, metrics[0]);
    assertEquals(report.rows.map(({ name }) => name), ["unpruned", "pruned", "transferred"]);
    for (const { name, metrics: found } of report.rows) {
      // The leading one; of several outputs that of each.
      for (const metric of metrics.filter((one, i) => i === 0 || one.includes(":"))) {
        const { value, better } = found[metric]!, guess = report.baseline![metric]!.value;
        const gain = better === "higher" ? value - guess : guess - value;
        assert(gain > 0.1, `${name}: ${metric} ${value}, the guess reaches ${guess}`);
      }
    }
  });
}

Deno.test("an only output that is named learns what it learns without a name, to the digit", async () => {
  const data = toyData();
  const [output] = outputNames(toyNetwork()) as [string];
  const named = ({ images, labels }: typeof data.train) => ({
    images,
    labels: { [output]: labels as Uint8Array },
  });
  const { shape, classes, augment } = data;
  const byName = await fromArrays({
    name: "named",
    shape,
    labels: { kind: "by-output", outputs: { [output]: { classes } } },
    train: named(data.train),
    test: named(data.test),
    ...augment && { augment },
  });
  const trained = async (data: Dataset, plugins: readonly AnyPlugin[]) => {
    await using pruner = createPruner({
      network: toyNetwork(),
      data,
      budget: { cost: "macs", target: 1 },
      plugins: [...without(PLUGINS, "sort-channels"), ...plugins],
      pipeline: pipeline().phase(phases.pretrain()).phase(phases.evaluate()),
    });
    const { teacher, report } = await pruner.run({ seed: 3 }).result;
    return { weights: teacher.weights, loss: report.rows[0]!.loss };
  };
  assertEquals(
    await trained(byName, [byOutput({ [output]: classification() })]),
    await trained(data, []),
  );
});

Deno.test("data of other inputs or outputs than the network's are refused by name", async () => {
  const data = await pairs();
  const objective = byOutput({ bright: classification(), sum: regression() });
  const refused = (change: Partial<Dataset>, plugins: readonly AnyPlugin[], message: string) => {
    const config = { network: BOTH, data: { ...data, ...change }, budget };
    const make = () => createPruner({ ...config, plugins: [...PLUGINS, ...plugins] });
    assertEquals(assertThrows(make, EspalierError, message).code, "ERR_DATA_MISMATCH");
  };
  const { train, test } = data;
  const bare = ({ images, labels }: Dataset["train"]) => ({ images, labels });
  const { inputs: _, ...alone } = { ...data, train: bare(train), test: bare(test) };
  assertThrows(
    () => createPruner({ network: BOTH, data: alone, budget, plugins: [...PLUGINS, objective] }),
    EspalierError,
    "inputs: photo, facts in the network, images in the data",
  );
  const renamed = ({ inputs, ...rest }: Dataset["train"]) => ({
    ...rest,
    inputs: { notes: inputs!["facts"]! },
  });
  const other = {
    inputs: { notes: [1, 1, 2] as const },
    train: renamed(train),
    test: renamed(test),
  };
  refused(other, [objective], "photo, facts in the network, images, notes in the data");
  const classes = { classes: 2, labels: undefined };
  const one = (split: Dataset["train"]) => ({
    ...split,
    labels: new Uint8Array((split.images as Uint8Array).length / 16),
  });
  refused(
    { ...classes, train: one(train as never), test: one(test as never) } as Partial<Dataset>,
    [],
    "outputs: bright, sum in the network, labels of one without a name in the data",
  );
});

const sourced = (items: Dataset["train"]["images"] | Dataset["train"]["labels"], count: number) =>
  sourceOf(items as Numbers, (items as Numbers).length / count);

Deno.test("a run on sources makes what it makes of the same numbers in memory", async () => {
  const { train, test, ...rest } = await masks();
  const data = {
    ...rest,
    train: { images: sourced(train.images, 48), labels: sourced(train.labels, 48) },
    test: { images: sourced(test.images, 16), labels: test.labels },
  };
  const plugins = [
    ...tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } }),
    segmentation(),
  ];
  const [memory, sources] = [
    await prune(FCN, { ...rest, train, test }, plugins),
    await prune(FCN, data, plugins),
  ];
  assertEquals(sources.student, memory.student);
  const measured = ({ report }: typeof memory) =>
    report.rows.map(({ metrics, loss }) => [metrics, loss]);
  assertEquals(measured(sources), measured(memory));
  assertEquals(sources.report.baseline, memory.report.baseline);
});

Deno.test("a label of a source that is none ends the run before any phase", async () => {
  const { train, test, ...rest } = await masks();
  const labels = sourced((test.labels as Uint8Array).map((label, i) => i === 20 ? 9 : label), 16);
  const data = { ...rest, train, test: { ...test, labels } };
  await using pruner = createPruner({
    network: FCN,
    data,
    budget,
    plugins: [...PLUGINS, segmentation()],
  });
  const run = pruner.run();
  const phases: string[] = [];
  run.events$.pipe(ofType("phase:start")).subscribe(({ phase }) => phases.push(phase));
  const error = await assertRejects(
    () => run.result,
    EspalierError,
    "label 4 of image 1 of test is 9",
  );
  assertEquals([error.code, phases], ["ERR_DATA_INVALID", []]);
});

Deno.test("the higher a score, the better, also where less is better", async () => {
  let seen = 0;
  const strategy: SearchStrategy = {
    name: "probe",
    needs: ["teacher"],
    async search({ score, uniform, objective, data }: SearchContext) {
      const choices = uniform({ name: "probe", index: 0 });
      const { score: found, metrics, loss, images } = await score(choices);
      const { images: fewer } = await score(choices, { images: 2 });
      // All that one half has for the norms, and all or two of the other.
      assert(fewer > 2 && fewer < images, `${fewer} of ${images} images`);
      assertEquals(found, -metrics["mean absolute error"]!.value);
      assertEquals([objective.name, data.labels], ["regression", { kind: "numbers", size: 2 }]);
      assert(found < 0 && loss > 0);
      seen++;
      return { choices };
    },
  };
  const probe = definePlugin({
    name: "probe",
    version: "1",
    provides: [SearchStrategyToken],
    options: noOptions,
    setup: (context) => context.provide(SearchStrategyToken, () => strategy),
  });
  await prune(MLP, await table(), [...swap(PLUGINS, probe()), regression()]);
  await prune(MLP, await table(), [
    ...swap(PLUGINS, randomSearch({ candidates: 3 })),
    regression(),
  ]);
  assertEquals(seen, 1);
});

Deno.test("a network, data and an objective that do not fit are refused before any work", async () => {
  const rows = await table(), maps = await masks();
  const refusal = (network: Blueprint, data: Dataset, ...objective: AnyPlugin[]) => {
    const create = () =>
      createPruner({ network, data, budget, plugins: [...PLUGINS, ...objective] });
    const { code, message } = assertThrows(create, EspalierError);
    assertEquals(code, "ERR_DATA_MISMATCH");
    return message;
  };
  const cases = [
    [refusal(MLP, rows), 'kind "class": they are of kind "numbers"'],
    [refusal(toyNetwork(), toyData(), regression()), 'kind "numbers": they are of kind "class"'],
    [
      refusal({ ...MLP, nodes: MLP.nodes.slice(0, -1), output: "vector" }, rows, regression()),
      "outputs of an image: 8 in the network, 2 in the data",
    ],
    [
      refusal(FCN, { ...maps, classes: 3 }, segmentation()),
      "outputs of an image: 32 in the network, 4×4×3 in the data",
    ],
  ];
  for (const [message, text] of cases) assert(message!.includes(text!), message);
});
