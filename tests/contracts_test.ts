// What authors of plugins are promised: what they see, and what becomes of what they give.
import { costFunction, derive, inferShapes, keptChannels } from "@espalier/blueprint";
import {
  type Aggregator,
  AggregatorToken,
  type AnyPlugin,
  type Choices,
  CONTRACTS,
  CostModelToken,
  createRandom,
  definePlugin,
  EspalierError,
  memoryStore,
  NO_CHECKPOINT,
  noOptions,
  openServices,
  type Penalty,
  PenaltyToken,
  type Phase,
  type PhaseContext,
  pipeline,
  type Regularizer,
  RegularizerToken,
  type SampleOptions,
  SamplerToken,
  type SearchContext,
  type SearchStrategy,
  SearchStrategyToken,
  swap,
  type Token,
  type Transfer,
  type TransferInput,
  TransferToken,
} from "@espalier/core";
import { createPruner, tas } from "@espalier/espalier";
import { depthSearch } from "@espalier/plugin-depth-search";
import { phases } from "@espalier/pruning";
import { toyData, toyNetwork } from "@espalier/testing";
import { trainNetwork } from "@espalier/training";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { lastValueFrom, toArray } from "rxjs";

await tf.setBackend("cpu");

const EPOCHS = { pretrain: 1, search: 2, train: 2 };
const PLUGINS = tas({ epochs: EPOCHS });
const BUDGET = { cost: "macs", target: 0.6, tolerance: 0.2 } as const;

function plug<T>(token: Token<T>, service: T, name = "acme"): AnyPlugin {
  return definePlugin({
    name,
    version: "1",
    provides: [token],
    options: noOptions,
    setup: (context) => context.provide(token, () => service),
  })();
}

function prune(plugins: readonly AnyPlugin[]) {
  return createPruner({ network: toyNetwork(), data: toyData(), budget: BUDGET, plugins });
}

Deno.test("a transfer sees its own taps, channels, images, noise and moment, and trains its parameters", async () => {
  const seen: (Omit<TransferInput, "images"> & { batch: number[]; noise: number })[] = [];
  const regressors: number[][] = [];
  const regress: Transfer = {
    name: "regress",
    taskWeight: ({ phase, epoch, epochs }) => phase === "train" ? (epoch + 1) / epochs : NaN,
    taps: () => ["stage1", "stem"],
    parameters: ({ student, teacher, kept }) => {
      assertEquals(inferShapes(teacher).get("stem")!.channels, 4);
      const from = kept.get("stage1")!.length;
      assertEquals(
        from,
        inferShapes(student).get(student.stages[0]!.blocks.at(-1)!.output)!.channels,
      );
      return { matrix: { shape: [from, 4], values: new Float32Array(from * 4).fill(0.1) } };
    },
    loss(input) {
      const { student, teacher, parameters, images, random } = input;
      seen.push({ ...input, batch: images.shape, noise: random.next() });
      regressors.push([...parameters.matrix!.dataSync()]);
      const x = student.features.get("stage1")!;
      const y = teacher.features.get("stage1")!;
      const mapped = tf.matMul(x.reshape([-1, x.shape.at(-1)!]), parameters.matrix!);
      return mapped.sub(y.reshape([-1, 4])).square().mean();
    },
  };
  const other: Transfer = {
    name: "other",
    taps: () => ["pool"],
    loss({ student, teacher }) {
      assertEquals([...student.features.keys()], ["pool"]);
      assertEquals([...teacher.features.keys()], ["pool"]);
      return tf.scalar(0);
    },
  };
  const before = tf.memory().numTensors;
  const plugins = [...PLUGINS, plug(TransferToken, regress), plug(TransferToken, other, "acme-2")];
  const run = () => prune(plugins).run({ seed: 3 }).result;
  const { student, pruned, architecture } = await run();
  const { decisions } = prune(plugins);
  assertEquals(derive(toyNetwork(), { decisions, ...architecture }), pruned);
  assertEquals(Object.keys(student.weights).filter((name) => name.includes("matrix")), []);
  assertEquals(seen.map(({ epoch, epochs, phase, step }) => [phase, epoch, epochs, step]), [
    ["train", 0, 2, 0],
    ["train", 1, 2, 1],
  ]);
  for (const { student, kept, batch, outputs: [output] } of seen) {
    assertEquals([...student.features.keys()], ["stage1", "stem"]);
    assertEquals(kept, keptChannels(pruned, toyNetwork()));
    assertEquals([batch, output!.labels.shape], [[16, 6, 6, 1], [16, 2]]);
  }
  assert(regressors[0]!.every((value) => Math.abs(value - 0.1) < 1e-6));
  assert(regressors[1]!.some((value) => Math.abs(value - 0.1) > 1e-6), "they were not trained");
  assert(seen[0]!.noise !== seen[1]!.noise);
  const noise = seen.map(({ noise }) => noise);
  seen.length = 0;
  await run();
  assertEquals(seen.map(({ noise }) => noise), noise);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("taps that a derived network may lack are refused before any work, with the plugin's name", () => {
  const tapping = (tap: string) =>
    plug(TransferToken, { name: "t", taps: () => [tap], loss: () => tf.scalar(0) } as Transfer);
  const refusal = (tap: string) => {
    const plugins = [...PLUGINS, depthSearch(), tapping(tap)];
    return assertThrows(() => prune(plugins), EspalierError);
  };
  const cut = refusal("stage1/block1/add");
  assertEquals([cut.code, cut.plugin], ["ERR_CONFIG_INVALID", "acme"]);
  assert(cut.message.includes('Tap the stage "stage1"'), cut.message);
  assert(refusal("stag1").message.includes('Did you mean "stage1"?'));
  prune([...PLUGINS, depthSearch(), tapping("stage1/block0/add")]);
  prune([...PLUGINS, tapping("stage1/block1/add")]);
});

Deno.test("a regularizer sees probabilities, logits, choices and moment; a sampler the budget", async () => {
  const moments: unknown[] = [];
  const watching: Regularizer = {
    name: "watching",
    weight: ({ epoch }) => 0.5 - epoch / 2,
    loss({ probabilities, logits, choices, actual, phase, epoch, epochs, expected }) {
      moments.push([phase, epoch, epochs]);
      for (const [id, row] of probabilities) {
        const softmax = tf.softmax(logits.get(id)!).dataSync();
        row.dataSync().forEach((p, i) => assertAlmostEquals(p, softmax[i]!, 1e-6));
      }
      assertEquals([...probabilities.keys()], Object.keys(choices));
      assert(actual > 0);
      // It depends on all that is differentiable.
      const entropy = [...probabilities.values()].map((p) => tf.sum(tf.mul(p, tf.log(p))));
      const size = [...logits.values()].map((row) => tf.sum(tf.square(row)));
      return tf.addN([...entropy, ...size, tf.mul(expected, 0)]) as tf.Scalar;
    },
  };
  const budgets: SampleOptions["budget"][] = [];
  await using scope = openServices(PLUGINS);
  const inner = scope.get(SamplerToken);
  const spying = {
    probabilities: (logits: tf.Tensor2D) => inner.probabilities(logits),
    sample(logits: tf.Tensor2D, options: SampleOptions) {
      budgets.push(options.budget);
      return inner.sample(logits, options);
    },
  };
  const plugins = swap(
    [...PLUGINS, plug(RegularizerToken, watching)],
    plug(SamplerToken, spying, "spy"),
  );
  await using pruner = prune(plugins);
  await pruner.run({ seed: 1 }).result;
  assertEquals(moments, [["search", 0, 2], ["search", 1, 2]]);
  const [{ actual, ...zone } = { actual: 0 }] = budgets;
  assertEquals(zone, pruner.budget);
  assert(actual >= pruner.budget.smallest && actual <= pruner.budget.unpruned);
});

Deno.test("an aggregator sees the convolution or the stage where it aligns", async () => {
  const places = new Set<string | undefined>();
  const padding: Aggregator = {
    resize(x, channels, place) {
      places.add(place);
      return tf.pad(x, [...x.shape.slice(1).map(() => [0, 0] as [number, number]), [
        0,
        channels - x.shape.at(-1)!,
      ]]);
    },
  };
  await prune(swap([...PLUGINS, depthSearch()], plug(AggregatorToken, padding))).run().result;
  const decided = prune(PLUGINS).decisions.map(({ id }) => id);
  assertEquals(
    [...places].filter((place) => place !== undefined).sort(),
    [...decided, "stage1"].sort(),
  );
});

/** Gammas of the toy's stem after one step, with penalties. */
async function gammasAfter(penalties: readonly Penalty[]): Promise<Float32Array> {
  const context: Partial<PhaseContext> = {
    checkpoint: NO_CHECKPOINT,
    phase: "pretrain",
    dataset: toyData(),
    random: createRandom(1),
    signal: new AbortController().signal,
    emit: () => {},
  };
  const { weights } = await trainNetwork(context as PhaseContext, {
    blueprint: toyNetwork(),
    training: {
      epochs: 1,
      batchSize: 16,
      rate: { peak: 0.1, warmupEpochs: 0, decay: "constant", final: 0.1, holdEpochs: 0 },
      optimizer: { momentum: 0, nesterov: false, decay: 0 },
    },
    stream: "pretrain",
    penalties,
  });
  return weights["stem/norm/gamma"]!.values;
}

Deno.test("a penalty's gradient is added, times its weight; at weight 0 it is not computed", async () => {
  const calls: string[] = [];
  const scales = (weight: Penalty["weight"]): Penalty => ({
    name: "scales",
    weight,
    loss({ parameters, phase, epoch, blueprint }) {
      calls.push(`${phase} ${epoch} ${blueprint.name}`);
      return tf.sum(parameters.get("stem/norm/gamma")!);
    },
  });
  const plain = await gammasAfter([]);
  assertEquals(await gammasAfter([scales(({ phase }) => phase === "train" ? 1 : 0)]), plain);
  assertEquals(calls, []);
  // d(3 · Σγ)/dγ = 3, a step of rate 0.1: 0.3 less.
  (await gammasAfter([scales(3)])).forEach((gamma, i) =>
    assertAlmostEquals(gamma, plain[i]! - 0.3, 1e-6)
  );
  assertEquals(calls, ["pretrain 0 toy"]);
});

Deno.test("penalties act in every training, the search's too", async () => {
  const seen = new Set<string>();
  const penalty: Penalty = {
    name: "p",
    weight: 1,
    loss({ phase, parameters }) {
      seen.add(phase);
      return tf.mul(tf.sum([...parameters.values()][0]!), 0);
    },
  };
  await prune([...PLUGINS, plug(PenaltyToken, penalty)]).run().result;
  assertEquals([...seen], ["pretrain", "search", "control", "train"]);
});

/** Run `probe` as a strategy that then keeps everything but what the budget forbids. */
async function probing(probe: (context: SearchContext) => Promise<void>): Promise<void> {
  const strategy: SearchStrategy = {
    name: "probe",
    needs: ["teacher"],
    async search(context) {
      await probe(context);
      return { choices: context.uniform({ name: "probe", index: 0 }) };
    },
  };
  const plugins = swap(PLUGINS, plug(SearchStrategyToken, strategy));
  await prune(plugins).run({ seed: 2 }).result;
}

Deno.test("a strategy's cost takes partial choices and rankings", async () => {
  await probing(async ({ cost, decisions, blueprint, budget }) => {
    await using services = openServices(PLUGINS);
    const model = services.getAll(CostModelToken).find(({ name }) => name === "macs")!;
    const all: Choices = Object.fromEntries(decisions.map((d) => [d.id, d.candidates.at(-1)!]));
    const [{ id, candidates }] = decisions as [SearchContext["decisions"][number]];
    assertEquals(cost({}), budget.unpruned);
    const exact = costFunction(blueprint, { decisions, model });
    assertEquals(cost({ [id]: candidates[0]! }), exact({ ...all, [id]: candidates[0]! }));
    const ranking = { [id]: [3, 2, 1, 0] };
    const ranked = costFunction(blueprint, { decisions, model, ranking });
    const choices = { ...all, [id]: 2 };
    assertEquals(cost(choices, { ranking }), ranked(choices));
    assertThrows(() => cost({ [id]: 99 }), EspalierError);
  });
});

Deno.test("a strategy's score takes kept channels, a number of images and a batch size", async () => {
  await probing(async ({ score, decisions }) => {
    const choices: Choices = Object.fromEntries(
      decisions.map(({ id, candidates }) => [id, candidates.at(-1)!]),
    );
    const whole = await score(choices);
    const { metrics, loss } = await score(choices, { batchSize: 3 });
    assertEquals(metrics, whole.metrics);
    assertAlmostEquals(loss, whole.loss, 1e-6);
    const order = Object.fromEntries(decisions.map(({ id }) => [id, [3, 2, 1, 0]]));
    assertEquals((await score(choices, { ranking: order })).score, whole.score);
    // Two of the eight images of the half, one a class.
    assert([0, 0.5, 1].includes((await score(choices, { images: 2 })).score));
    assertEquals(await score(choices, { images: 2 }), await score(choices, { images: 2 }));
  });
});

Deno.test("the control training is shared between transfers, and null without any", async () => {
  const store = memoryStore();
  const cachedOf = async (plugins: readonly AnyPlugin[]) => {
    const run = prune(plugins).run({ seed: 1, store });
    const events = await lastValueFrom(run.events$.pipe(toArray()));
    return events.flatMap((event) =>
      event.type === "phase:end" && event.cached ? [event.phase] : []
    );
  };
  const before = ["pretrain", "search", "derive"];
  const fresh = { name: "x", loss: () => tf.scalar(0) } as Transfer;
  assertEquals(await cachedOf(PLUGINS), []);
  assertEquals(await cachedOf([...PLUGINS, plug(TransferToken, fresh)]), [...before, "control"]);
  assertEquals(await cachedOf(PLUGINS.filter(({ name }) => name !== "kd")), before);
});

Deno.test("plugins that no phase can reach are said once", async () => {
  const still: SearchStrategy = {
    name: "still",
    search: (context) => Promise.resolve({ choices: context.uniform({ name: "still", index: 0 }) }),
  };
  const plugins = swap(PLUGINS, plug(SearchStrategyToken, still));
  const events = await lastValueFrom(prune(plugins).run().events$.pipe(toArray()));
  assertEquals(events.flatMap((event) => event.type === "run:unused" ? [event.plugins] : []), [
    ["gumbel-softmax", "cwi", "budget-loss"],
  ]);
  const all = await lastValueFrom(prune(PLUGINS).run().events$.pipe(toArray()));
  assertEquals(all.some(({ type }) => type === "run:unused"), false);
});

Deno.test("a strategy that does not declare the aggregator cannot build a supernet", async () => {
  const error = await assertRejects(() =>
    probing(({ supernet }) => {
      supernet();
      return Promise.resolve();
    }), EspalierError);
  assertEquals([error.code, error.phase], ["ERR_PHASE_MISUSE", "search"]);
  assert(error.message.includes('"@espalier/core/Aggregator"'), error.message);
});

interface HasSense {
  readonly sense: number;
}
type Sensed = { readonly type: "sense/done"; readonly value: number };
const sense: Phase<object, HasSense, Sensed> = {
  name: "sense",
  version: "1",
  uses: [],
  run({ emit }) {
    emit({ type: "sense/done", value: 7 });
    return Promise.resolve({ sense: 7 });
  },
};
const sensing = (place: { after: string } | { before: string }, contracts?: string) =>
  definePlugin<object, object, Sensed, HasSense>({
    name: "sensing",
    version: "1",
    provides: [],
    options: noOptions,
    ...contracts !== undefined && { contracts },
    phases: () => [{ phase: sense, ...place } as never],
    setup: () => {},
  })();

Deno.test("a plugin brings a phase, whose result and events are the run's", async () => {
  for (
    const [place, expected] of [
      [{ after: "pretrain" }, ["pretrain", "sense", "search"]],
      [{ before: "pretrain" }, ["sense", "pretrain", "search"]],
    ] as const
  ) {
    const run = createPruner({
      network: toyNetwork(),
      data: toyData(),
      budget: BUDGET,
      plugins: [...PLUGINS, sensing(place)],
      pipeline: pipeline().phase(phases.pretrain()).phase(phases.search()),
    }).run();
    const events = await lastValueFrom(run.events$.pipe(toArray()));
    assertEquals((await run.result).sense, 7);
    const order = events.flatMap((event) => event.type === "phase:start" ? [event.phase] : []);
    assertEquals(order, [...expected]);
    assert(events.some((event) => event.type === "sense/done"));
    const unused = events.flatMap((event) => event.type === "run:unused" ? event.plugins : []);
    assertEquals(unused, ["kd"]);
  }
  const lost = assertThrows(
    () => prune([...PLUGINS, sensing({ after: "pretain" })]),
    EspalierError,
  );
  assertEquals([lost.code, lost.plugin], ["ERR_CONFIG_INVALID", "sensing"]);
  assert(lost.message.includes('"pretrain"'), lost.message);
});

Deno.test("a plugin for other contracts is refused with both versions", () => {
  const [major] = CONTRACTS.split(".").map(Number) as [number];
  prune([...PLUGINS, sensing({ after: "pretrain" }, `^${major}`)]);
  const plugins = [...PLUGINS, sensing({ after: "pretrain" }, `^${major + 1}`)];
  const error = assertThrows(() => prune(plugins), EspalierError);
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_CONTRACTS", "sensing"]);
  assert(error.message.includes(`^${major + 1}`) && error.message.includes(CONTRACTS));
});

Deno.test("what a phase throws names it", async () => {
  const cause = new RangeError("odd");
  const throwing: Phase<object, object> = {
    name: "throwing",
    uses: [],
    run: () => Promise.reject(cause),
  };
  const run = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: BUDGET,
    plugins: PLUGINS,
    pipeline: pipeline().phase(throwing),
  }).run();
  const error = await assertRejects(() => run.result, EspalierError, 'phase "throwing" threw: odd');
  assertEquals([error.code, error.phase, error.cause], ["ERR_PHASE_FAILED", "throwing", cause]);
  const last = await lastValueFrom(run.events$);
  assert(last.type === "run:fail" && last.error.phase === "throwing");
});
