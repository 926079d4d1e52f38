import { conv, costOf } from "@espalier/blueprint";
import {
  type Blueprint,
  createPruner,
  EspalierError,
  memoryStore,
  phases,
  pipeline,
  readJournal,
  resnet,
  saveModel,
  swap,
  synthetic,
  tas,
  trainingRecipe,
  useEngine,
  without,
} from "@espalier/espalier";
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";

await useEngine("wasm");

const data = synthetic({ classes: 4, shape: [32, 32, 3], train: 96, test: 32 });
const network = resnet({ depth: 8, classes: 4 });
const budget = { cost: "macs", target: 0.55 } as const;
const plugins = tas({ recipe: "quick", epochs: { pretrain: 2, search: 2, train: 2 } });

Deno.test("a whole run ends inside the budget, resumes from what is stored, and leaves no tensor", async () => {
  const root = await Deno.makeTempDir();
  const directory = join(root, "run");
  const before = tf.memory().numTensors;
  const pruner = createPruner({ network, data, budget, plugins });
  const seen: string[] = [];
  const run = pruner.run({ seed: 1, directory });
  run.events$.subscribe(({ type }) => seen.push(type));
  const { architecture, pruned, report, model, student } = await run.result;
  assertEquals(tf.memory().numTensors, before);

  const { low, high } = report.budget;
  const [unpruned, control, transferred] = report.rows;
  assertEquals([unpruned!.name, control!.name, transferred!.name], [
    "unpruned",
    "pruned",
    "transferred",
  ]);
  assert(transferred!.costs["macs"]! >= low && transferred!.costs["macs"]! <= high);
  assertEquals(unpruned!.costs["macs"], report.budget.unpruned);
  assertEquals(Object.keys(architecture.choices).length, pruner.decisions.length);
  assertEquals(seen[0], "run:start");
  assertEquals(seen.at(-1), "run:end");
  for (const type of ["train:epoch", "search:epoch", "evaluate:end"]) {
    assert(seen.includes(type), type);
  }
  assertEquals((await readJournal(directory)).map(({ type }) => type), seen);

  const loaded = await model.load();
  const images = tf.randomNormal([3, 32, 32, 3]);
  assertEquals((loaded.predict(images) as tf.Tensor).shape, [3, 4]);
  assertEquals(student.blueprint, pruned);
  loaded.dispose();
  images.dispose();

  const again = pruner.run({ seed: 1, directory });
  const cached: boolean[] = [];
  again.events$.subscribe((event) => {
    if (event.type === "phase:end") cached.push(event.cached);
  });
  assertEquals((await again.result).architecture, architecture);
  assert(cached.length === 7 && cached.every(Boolean));
  const other = await assertRejects(() => pruner.run({ seed: 2, directory }).result, EspalierError);
  assertEquals(other.code, "ERR_RUN_OTHER");
  await pruner[Symbol.asyncDispose]();
  await Deno.remove(root, { recursive: true });
});

Deno.test("runs of one seed are equal, and a study shares the phases before what differs", async () => {
  const store = memoryStore();
  await using pruner = createPruner({ network, data, budget, plugins });
  await using shallow = createPruner({
    network,
    data,
    budget: { ...budget, target: 0.7 },
    plugins,
  });
  const first = await pruner.run({ seed: 3, store }).result;
  const second = await pruner.run({ seed: 3 }).result;
  assertEquals(second.architecture, first.architecture);
  assertEquals(second.student.weights, first.student.weights);
  const run = shallow.run({ seed: 3, store });
  const cached: string[] = [];
  run.events$.subscribe((event) => {
    if (event.type === "phase:end" && event.cached) cached.push(event.phase);
  });
  await run.result;
  assertEquals(cached, ["pretrain", "sort-channels"]);
});

Deno.test("an abort is seen after the step, and what was done is not lost", async () => {
  const store = memoryStore();
  const controller = new AbortController();
  const before = tf.memory().numTensors;
  await using pruner = createPruner({ network, data, budget, plugins });
  const run = pruner.run({ seed: 4, store, signal: controller.signal });
  const seen: string[] = [];
  run.events$.subscribe((event) => {
    seen.push(event.type);
    if (event.type === "search:epoch") controller.abort();
  });
  await assertRejects(() => run.result);
  assertEquals(seen.at(-1), "run:abort");
  assertEquals(tf.memory().numTensors, before);
  const resumed = pruner.run({ seed: 4, store });
  const cached: string[] = [];
  resumed.events$.subscribe((event) => {
    if (event.type === "phase:end" && event.cached) cached.push(event.phase);
  });
  const { pruned } = await resumed.result;
  assertEquals(cached, ["pretrain", "sort-channels"]);
  const macs = { name: "macs", unit: "", cost: () => 0 };
  assertAlmostEquals(costOf(pruned, macs).total, 0);
});

Deno.test("a loss that is no number stops the training, says the step and keeps the last good weights", async () => {
  const root = await Deno.makeTempDir();
  const directory = join(root, "run");
  const before = tf.memory().numTensors;
  const wild = trainingRecipe({
    // One step an epoch, the first at rate 0.
    pretrain: { epochs: 4, batchSize: 96, rate: { peak: 1e30, warmupEpochs: 2 } },
  });
  await using pruner = createPruner({ network, data, budget, plugins: swap(plugins, wild) });
  const error = await assertRejects(() => pruner.run({ directory }).result, EspalierError);
  assertEquals(error.code, "ERR_LOSS_NOT_FINITE");
  assertMatch(error.message, /epoch \d, step \d/);
  assertEquals(tf.memory().numTensors, before);
  const kept = error.message.match(/are in "(.+)"/)![1]!;
  assert(kept.startsWith(directory) && (await Deno.stat(kept)) !== null);
  await Deno.remove(root, { recursive: true });
});

Deno.test("weights that overflow in the last update end the phase, and nothing of it is stored", async () => {
  const store = memoryStore();
  const wild = trainingRecipe({
    pretrain: { epochs: 1, batchSize: 96, rate: { peak: 1e30, warmupEpochs: 0 } },
  });
  await using pruner = createPruner({ network, data, budget, plugins: swap(plugins, wild) });
  const ended: string[] = [];
  const run = pruner.run({ store });
  run.events$.subscribe(({ type }) => ended.push(type));
  const error = await assertRejects(() => run.result, EspalierError);
  assertEquals(error.code, "ERR_LOSS_NOT_FINITE");
  assertMatch(error.message, /"pretrain" as the loss became (NaN|-?Infinity) in epoch 0/);
  assert(!ended.includes("phase:end"));
});

Deno.test("tas() searches a network in which no node reads two searched widths", async () => {
  const one: Blueprint = {
    name: "one",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [32, 32, 3] },
      conv({ id: "a", input: "images", kernel: 3, stride: 4, channels: 8, activation: "relu" }),
      { id: "pool", op: "global-pool", inputs: ["a"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 4, bias: true },
    ],
    stages: [],
    output: "classifier",
  };
  const wide = { cost: "macs", target: 0.6, tolerance: 0.2 } as const;
  await using pruner = createPruner({ network: one, data, budget: wide, plugins });
  const { architecture, report: { rows, budget: zone } } = await pruner.run({ seed: 1 }).result;
  assertEquals(Object.keys(architecture.choices), ["a"]);
  assert(rows[1]!.costs["macs"]! <= zone.high);
});

Deno.test("a saved unpruned network stands in for the training of one", async () => {
  const unsorted = without(plugins, "sort-channels");
  const root = await Deno.makeTempDir();
  await using first = createPruner({
    network,
    data,
    budget,
    plugins: unsorted,
    pipeline: pipeline().phase(phases.pretrain()),
  });
  const { teacher } = await first.run().result;
  await saveModel(teacher, join(root, "teacher"));
  const before = tf.memory().numTensors;
  const loading = phases.loadTeacher(join(root, "teacher"));
  await using second = createPruner({
    network,
    data,
    budget,
    plugins: unsorted,
    pipeline: pipeline().phase(loading).phase(phases.search()).phase(phases.derive()),
  });
  const result = await second.run().result;
  assertEquals(result.teacher, teacher);
  assertEquals(tf.memory().numTensors, before);
  await using other = createPruner({
    network: resnet({ depth: 14, classes: 4 }),
    data,
    budget,
    plugins: unsorted,
    pipeline: pipeline().phase(loading),
  });
  const error = await assertRejects(() => other.run().result, EspalierError);
  assertEquals(error.code, "ERR_MODEL_CORRUPT");
  await Deno.remove(root, { recursive: true });
});
