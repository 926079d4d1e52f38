import { derive, keptOf } from "@espalier/blueprint";
import {
  type AnyPlugin,
  createRandom,
  definePlugin,
  noOptions,
  openServices,
  PenaltyToken,
  type SearchContext,
  type SearchResult,
  type SearchStrategy,
  SearchStrategyToken,
  type TrainedNetwork,
  TransferToken,
} from "@espalier/core";
import {
  createPruner,
  flops,
  inheritWeights,
  l1Norm,
  phases,
  pipeline,
  trainingRecipe,
  widthSearch,
} from "@espalier/espalier";
import { inheritedWeights, initialWeights, parameterSpecs } from "@espalier/supernet";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { cubicTarget, importancePruning, type ImportancePruningOptionsInput } from "./mod.ts";
import { scattered, zerosOf } from "./scatter.ts";

await tf.setBackend("cpu");

const NETWORK = toyNetwork();
const space = widthSearch({ residual: "tie", ratios: [0.25, 0.5, 0.75, 1] });
const once = { epochs: 1, batchSize: 8, rate: { peak: 1e-9, warmupEpochs: 0, final: 0 } };

function untrained(seed: number): TrainedNetwork {
  return {
    blueprint: NETWORK,
    weights: initialWeights(parameterSpecs(NETWORK), createRandom(seed)),
  };
}

/** Prunes the toy network, and keeps what the strategy found. */
async function prune(options: ImportancePruningOptionsInput, more: readonly AnyPlugin[] = []) {
  const found: SearchResult[] = [];
  const plugins = [importancePruning(options), l1Norm(), ...more];
  await using services = openServices(plugins);
  const inner = services.get(SearchStrategyToken);
  const spy = (): SearchStrategy => ({
    name: "spy",
    needs: ["teacher"],
    async search(context: SearchContext) {
      found.push(await inner.search(context));
      return found[0]!;
    },
  });
  const spying = definePlugin({
    name: "spy",
    version: "1",
    provides: [SearchStrategyToken],
    options: noOptions,
    setup: (context) => context.provide(SearchStrategyToken, spy),
  });
  const others: readonly AnyPlugin[] = [
    ...[spying(), space, flops(), inheritWeights()],
    ...[trainingRecipe({ pretrain: once, train: once }), ...more],
  ];
  await using pruner = createPruner({
    network: untrained(1),
    data: toyData(),
    budget: { cost: "macs", target: 0.4, tolerance: 0.2 },
    plugins: others,
  });
  const run = pruner.run({ seed: 1 });
  const epochs: { epoch: number; cost: number }[] = [];
  run.events$.subscribe((event) => {
    if (event.type !== "search:epoch") return;
    epochs.push({ epoch: event.epoch, cost: event.cost! });
  });
  return { ...await run.result, found: found[0]!, epochs, pruner };
}

Deno.test("cubicTarget() falls fast at first, and ends at the target", () => {
  const costs = { unpruned: 100, target: 20 };
  assertEquals([0, 0.5, 1].map((done) => cubicTarget(done, costs)), [100, 30, 20]);
});

Deno.test("scattered() is the inverse of inheriting, and leaves the rest", async () => {
  const { architecture, pruner } = await prune({});
  const pruned = derive(NETWORK, { decisions: pruner.decisions, ...architecture });
  const [teacher, other] = [untrained(2), untrained(3)];
  const small = { blueprint: pruned, weights: inheritedWeights(pruned, teacher) };
  const whole = scattered(small, other.weights);
  assertEquals(inheritedWeights(pruned, { blueprint: NETWORK, weights: whole }), small.weights);
  let changed = 0, kept = 0;
  for (const [name, { values }] of Object.entries(whole)) {
    values.forEach((value, i) => {
      const [from, rest] = [teacher, other].map(({ weights }) => weights[name]!.values[i]);
      assert(value === from || value === rest, `${name} ${i}`);
      if (from !== rest) value === from ? changed++ : kept++;
    });
  }
  const size = Object.values(small.weights).reduce((sum, { values }) => sum + values.length, 0);
  assert(kept > 0 && changed <= size, `${changed} of ${size}`);
  const zeros = scattered(small, zerosOf(other.weights));
  const sum = (weights: typeof zeros) =>
    Object.values(weights).flatMap(({ values }) => [...values]).reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum(zeros), sum(small.weights), 1e-4);
});

Deno.test("importancePruning() in rounds loses a little each, and never takes a channel back", async () => {
  const { epochs, found, architecture, tuned, pruner, effort } = await prune({
    ...{ rounds: 3, epochs: 2, batchSize: 8, rate: 0.05 },
  });
  assertEquals(epochs.map(({ epoch }) => epoch), [0, 1, 2]);
  const [first, second, third] = epochs.map(({ cost }) => cost) as [number, number, number];
  const { unpruned, target } = pruner.budget;
  assert(first < unpruned && second < first && third <= second, `${first}, ${second}, ${third}`);
  // A cubic schedule has done 1 − (2/3)³ = 70 % after the first of three rounds.
  assert(first - target < 0.55 * (unpruned - target), `${first} of ${unpruned} to ${target}`);
  for (const { id, effect } of pruner.decisions) {
    assertEquals([...found.ranking![id]!].sort(), [0, 1, 2, 3]);
    assert(effect.kind === "channels");
  }
  // Two trainings of two epochs of half the images.
  assertEquals(effort, { strategy: "spy", images: 4 * 8 });
  assertEquals(tuned, found.weights!);
  assertEquals(
    keptOf(architecture.choices, { decisions: pruner.decisions, ranking: found.ranking! }),
    architecture.kept!,
  );
});

Deno.test("importancePruning() hands on the weights that it trained, which are inherited", async () => {
  const { student, pruned, teacher, tuned } = await prune({ rounds: 2, batchSize: 8, rate: 0.5 });
  const near = (weights: TrainedNetwork["weights"]) => {
    const inherited = inheritedWeights(pruned, { blueprint: NETWORK, weights });
    const kernel = "stage1/block0/conv_a/kernel";
    return Math.max(
      ...student.weights[kernel]!.values.map((value, i) =>
        Math.abs(value - inherited[kernel]!.values[i]!)
      ),
    );
  };
  // The student's rate is next to nothing.
  assert(near(tuned!) < 1e-6, `${near(tuned!)}`);
  assert(near(teacher.weights) > 1e-3, `${near(teacher.weights)}`);
});

Deno.test("importancePruning() in one round trains nothing", async () => {
  const { tuned, effort, found } = await prune({ rounds: 1 });
  assertEquals([tuned, effort.images, Object.keys(found)], [null, 0, ["choices", "ranking"]]);
});

Deno.test("importancePruning() trains between rounds with penalties", async () => {
  const seen: string[] = [];
  const penalty = definePlugin({
    name: "acme-penalty",
    version: "1",
    provides: [PenaltyToken],
    options: noOptions,
    setup: (context) =>
      context.provide(PenaltyToken, () => ({
        name: "penalty",
        weight: ({ epoch }) => epoch === 0 ? 1 : 0,
        loss({ phase, epoch, epochs, parameters }) {
          seen.push(`${phase} ${epoch} of ${epochs}`);
          return [...parameters.values()][0]!.square().sum();
        },
      })),
  });
  const options = { rounds: 3, batchSize: 8 };
  const before = tf.memory().numTensors;
  await prune(options, [penalty()]);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(seen.filter((where) => where.startsWith("search")), ["search 0 of 3"]);
});

Deno.test("importancePruning() says when the training between rounds gets out of hand", async () => {
  await assertRejects(
    () => prune({ rounds: 2, epochs: 20, batchSize: 1, rate: 1e12 }),
    Error,
    "Lower the rate of importance-pruning",
  );
});

Deno.test("what a search trained is what transfers see as the teacher's weights", async () => {
  const trained = untrained(9).weights;
  const seen: TrainedNetwork["weights"][] = [];
  const strategy = definePlugin({
    name: "acme-strategy",
    version: "1",
    provides: [SearchStrategyToken, TransferToken],
    options: noOptions,
    setup(context) {
      context.provide(SearchStrategyToken, () => ({
        name: "acme",
        search: ({ uniform }) =>
          Promise.resolve({ choices: uniform({ name: "acme", index: 0 }), weights: trained }),
      }));
      context.provide(TransferToken, () => ({
        name: "acme",
        initialize(_, { weights }) {
          seen.push(weights);
          return {};
        },
      }));
    },
  });
  await using pruner = createPruner({
    network: untrained(1),
    data: toyData(),
    budget: { cost: "macs", target: 0.5, tolerance: 0.2 },
    plugins: [strategy(), space, flops(), trainingRecipe({ train: once })],
    pipeline: pipeline().phase(phases.given(untrained(1))).phase(phases.search())
      .phase(phases.derive()).phase(phases.train()),
  });
  await pruner.run({ seed: 1 }).result;
  assertEquals(seen, [trained]);
});
