import { validateBlueprint } from "@espalier/blueprint";
import {
  type Aggregator,
  AggregatorToken,
  type AnyPlugin,
  type Blueprint,
  type CostModel,
  CostModelToken,
  type Dataset,
  type Decision,
  definePlugin,
  EspalierError,
  type Importance,
  ImportanceToken,
  type MemorySplit,
  type Outputs,
  type Penalty,
  type PenaltyInput,
  PenaltyToken,
  type Phase,
  pipeline,
  type PluginFactory,
  type Regularizer,
  RegularizerToken,
  type Sampler,
  SamplerToken,
  type SearchSpace,
  SearchSpaceToken,
  type SearchStrategy,
  SearchStrategyToken,
  type Token,
  type TrainingOptions,
  TrainingRecipeToken,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import { validateDataset } from "@espalier/training";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Scalar } from "@tensorflow/tfjs";
import * as z from "zod";
import {
  aggregatorConformance,
  type ConformanceCase,
  costModelConformance,
  importanceConformance,
  penaltyConformance,
  phaseConformance,
  pluginConformance,
  regularizerConformance,
  samplerConformance,
  searchSpaceConformance,
  strategyConformance,
  toyData,
  toyNetwork,
  trainingRecipeConformance,
  transferConformance,
} from "./mod.ts";
import { toyDecisions } from "./toy.ts";

const options = z.strictObject({ rate: z.number().positive().default(1) });

function provider<T>(token: Token<T>, make: () => T): PluginFactory<z.input<typeof options>> {
  return definePlugin({
    name: "acme",
    version: "1",
    provides: [token],
    options,
    setup: (context) => context.provide(token, make),
  });
}

async function passes(cases: Iterable<ConformanceCase>): Promise<void> {
  let count = 0;
  for (const { fn } of cases) {
    await fn();
    count++;
  }
  assert(count > 0);
}

/** Codes by which core itself finds a breach, or blames the plugin. */
const BREACHES = [
  "ERR_CONFIG_INVALID",
  "ERR_PHASE_MISUSE",
  "ERR_PLUGIN_CONTRACT",
  "ERR_PLUGIN_FAILED",
  "ERR_SPACE_CONFLICT",
  "ERR_SPACE_INVALID",
];

/** Run the case whose name holds `part`; it must find what is wrong. */
async function fails(cases: Iterable<ConformanceCase>, part: string): Promise<void> {
  const found = [...cases].filter(({ name }) => name.includes(part));
  assertEquals(found.length, 1, `cases named "${part}"`);
  const error = await assertRejects(() => found[0]!.fn(), Error);
  const isBreach = error instanceof EspalierError && BREACHES.includes(error.code);
  assert(isBreach || error.message.startsWith("Conformance: "), error.message);
}

/** Contracts whose kits take plugins alone. */
const of = <T>(token: Token<T>, make: () => T) => ({
  plugins: (): AnyPlugin[] => [provider(token, make)()],
});

const costs = (cost: CostModel["cost"]) =>
  of(CostModelToken, () => ({ name: "channels", unit: "channels", cost }));

/** Half of a tensor, whose gradient is that of the whole: wrong. */
const halved = tf.customGrad((x) => ({
  value: (x as tf.Tensor).mul(0.5),
  gradFunc: (dy: tf.Tensor) => dy,
})) as <T extends tf.Tensor>(x: T) => T;

const padding: Aggregator = {
  resize: (x, channels) =>
    tf.pad(x, x.shape.map((_, i) => [0, i < x.rank - 1 ? 0 : channels - x.shape.at(-1)!])),
};

const softmaxSampler: Sampler = {
  probabilities: (logits) => tf.softmax(logits),
  sample(logits, { decisions }) {
    const rows = tf.unstack(tf.softmax(logits)) as tf.Tensor1D[];
    return decisions.map(({ candidates }, row) => ({
      indices: [...candidates.keys()],
      weights: rows[row]!.slice(0, candidates.length),
    }));
  },
};

Deno.test("pluginConformance() passes a plugin that keeps the rules", () =>
  passes(pluginConformance({
    factory: provider(CostModelToken, () => ({ name: "n", unit: "u", cost: () => 1 })),
    options: { rate: 2 },
    valid: [{}, { rate: 3 }],
    invalid: [{ rate: 0 }, { rate: "1" }, null],
  })));

Deno.test("pluginConformance() finds what breaks the rules", async () => {
  const good = provider(CostModelToken, () => ({ name: "n", unit: "u", cost: () => 1 }));
  await fails(pluginConformance({ factory: good, invalid: [{ rate: 1 }] }), "invalid options 0");
  const loose = definePlugin({
    name: "loose",
    version: "1",
    provides: [],
    options: z.object({ rate: z.number().default(1) }),
    setup() {},
  });
  await fails(pluginConformance({ factory: loose, invalid: [] }), "unknown option");
  await fails(pluginConformance({ factory: loose, invalid: [] }), "JSON Schema");
  const doubling = definePlugin({
    name: "doubling",
    version: "1",
    provides: [],
    options: z.strictObject({ rate: z.number().default(1).transform((rate) => 2 * rate) }),
    setup() {},
  });
  await fails(pluginConformance({ factory: doubling, invalid: [] }), "accepted options 0");
  const counter = { name: "n", unit: "u", asked: 0, cost: () => 1 };
  const shared = provider(CostModelToken, () => counter);
  await fails(pluginConformance({ factory: shared, invalid: [] }), "share no state");
  const leaked: tf.Tensor[] = [];
  const leaking = provider(CostModelToken, () => {
    leaked.push(tf.keep(tf.scalar(1)));
    return { name: "n", unit: "u", cost: () => 1 };
  });
  await fails(pluginConformance({ factory: leaking, invalid: [] }), "no tensor behind");
  tf.dispose(leaked);
});

Deno.test("samplerConformance() passes a softmax and finds what breaks the rules", async () => {
  const kit = (changes: Partial<Sampler>) =>
    samplerConformance(of(SamplerToken, () => ({ ...softmaxSampler, ...changes })));
  await passes(kit({}));
  let draws = 0;
  const unsteady: Sampler["sample"] = (logits, draw) =>
    softmaxSampler.sample(logits.mul(++draws) as tf.Tensor2D, draw);
  await fails(kit({ sample: unsteady }), "same draw");
  const first: Sampler["sample"] = (logits, draw) =>
    softmaxSampler.sample(logits, draw).map(({ weights }) => ({
      indices: [0],
      weights: weights.slice(0, 1),
    }));
  await fails(kit({ sample: first }), "whose weights sum to 1");
  await fails(kit({ sample: first }), "asked for all");
  const tempered: Sampler["sample"] = (logits, draw) =>
    softmaxSampler.sample(logits.mul(draw.epoch / (draw.epochs - 1)) as tf.Tensor2D, draw);
  await fails(kit({ sample: tempered }), "state of the budget");
  const frugal: Sampler["sample"] = (logits, draw) =>
    softmaxSampler.sample(
      logits.div(draw.budget.actual - draw.budget.smallest) as tf.Tensor2D,
      draw,
    );
  await fails(kit({ sample: frugal }), "state of the budget");
  const schedule: Sampler["schedule"] = ({ epoch, epochs }) => ({ tau: epoch / (epochs - 1) });
  await fails(kit({ schedule }), "state of the budget");
  const constant: Sampler["sample"] = (logits, draw) =>
    softmaxSampler.sample(tf.zerosLike(logits), draw);
  await fails(kit({ sample: constant }), "not zero");
  await fails(
    kit({ probabilities: (logits) => tf.sigmoid(logits) }),
    "probabilities that sum to 1",
  );
});

Deno.test("aggregatorConformance() passes zero padding and finds what breaks the rules", async () => {
  const kit = (changes: Partial<Aggregator>) =>
    aggregatorConformance(of(AggregatorToken, () => ({ ...padding, ...changes })));
  const matrix = (from: number, to: number) =>
    Float32Array.from({ length: from * to }, (_, i) => +(Math.floor(i / to) === i % to));
  await passes(kit({}));
  await passes(kit({ matrix }));
  await fails(kit({ matrix: (from, to) => matrix(from, to).reverse() }), "matrix that agrees");
  const doubled: Aggregator["resize"] = (x, channels) => padding.resize(x, channels).mul(2);
  await fails(kit({ resize: doubled }), "as they are");
  const centred: Aggregator["resize"] = (x, channels) => padding.resize(x.sub(x.mean(0)), channels);
  await fails(kit({ resize: centred }), "every position alike");
  const blind = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return { value: (x as tf.Tensor).clone(), gradFunc: (dy: tf.Tensor) => dy.mul(2) };
  });
  const wrong: Aggregator["resize"] = (x, channels) => padding.resize(blind(x), channels);
  await fails(kit({ resize: wrong }), "agrees with differences");
  const known: Aggregator["resize"] = (x, channels, place) =>
    place?.includes("/") ? x : padding.resize(x, channels);
  await fails(kit({ resize: known }), "wherever");
  const placed: Aggregator["resize"] = (x, channels, place) =>
    padding.resize(place === "stage1" ? x.reverse(-1) : x, channels);
  await passes([...kit({ resize: placed })].filter(({ name }) => name.includes("wherever")));
  await fails(kit({ resize: placed, matrix }), "matrix that agrees");
});

Deno.test("costModelConformance() passes a count of channels and finds what breaks the rules", async () => {
  await passes(costModelConformance(costs(({ output }) => output.channels)));
  await fails(costModelConformance(costs(() => -1)), "at least 0");
  let asked = 0;
  await fails(costModelConformance(costs(() => ++asked)), "at least 0");
  const own = costs(({ node }) => node.op === "conv" ? node.channels : 1);
  await fails(costModelConformance(own), "shapes it is given");
});

Deno.test("transferConformance() passes a distance of logits and finds what breaks the rules", async () => {
  const mean = ({ features }: Outputs) => features.get("stem")!.mean(-1);
  const distance: Transfer = {
    name: "distance",
    taskWeight: 0.5,
    taps: () => ["stem"],
    initialize: (_student, teacher) => teacher.weights,
    loss: ({ student, teacher }) =>
      student.logits.sub(teacher.logits).square().mean()
        .add(mean(student).sub(mean(teacher)).square().mean()),
  };
  const kit = (changes: Partial<Transfer>) =>
    transferConformance(of(TransferToken, () => ({ ...distance, ...changes })));
  await passes(kit({}));
  await passes(transferConformance(of(TransferToken, () => ({ name: "none" }))));
  await fails(kit({ taskWeight: NaN }), "weighs the task");
  await fails(kit({ taskWeight: ({ epoch }) => 1 / epoch }), "weighs the task");
  await fails(kit({ loss: ({ student }) => student.logits as never }), "finite scalar");
  const early: Transfer["loss"] = ({ epoch, student }) => student.logits.mean().div(epoch);
  await fails(kit({ loss: early }), "finite scalar");
  const tap = ({ features }: Outputs) => features.get("stem")!;
  // 4 channels, as if nothing had been pruned
  const wide: Transfer["loss"] = ({ student, teacher }) => tap(student).sub(tap(teacher)).mean();
  await fails(kit({ loss: wide }), "finite scalar");
  await fails(
    kit({ loss: ({ student }) => halved(tap(student)).square().mean() }),
    "logits and taps",
  );
  await fails(
    kit({ loss: ({ student }) => halved(student.logits).square().mean() }),
    "logits and taps",
  );
  const strange = { other: { shape: [1], values: new Float32Array(1) } };
  await fails(kit({ initialize: () => strange }), "initializes");
});

Deno.test("transferConformance() looks at a transfer's own parameters", async () => {
  const scale = (values: () => number): Transfer => ({
    name: "scale",
    parameters: () => ({ scale: { shape: [1], values: Float32Array.of(values()) } }),
    loss: ({ student, teacher, parameters }) =>
      student.logits.mul(parameters.scale!).sub(teacher.logits).square().mean(),
  });
  const kit = (changes: Partial<Transfer>, values = () => 1) =>
    transferConformance(of(TransferToken, () => ({ ...scale(values), ...changes })));
  await passes(kit({}));
  let draws = 0;
  await fails(kit({}, () => ++draws), "same stream");
  const unused: Transfer["loss"] = ({ student }) => student.logits.square().mean();
  await fails(kit({ loss: unused }), "own parameters");
  const wrong: Transfer["loss"] = ({ student, parameters }) =>
    student.logits.mul(halved(parameters.scale!)).square().mean();
  await fails(kit({ loss: wrong }), "own parameters");
});

Deno.test("regularizerConformance() passes a hinge and finds what breaks the rules", async () => {
  const hinge: Regularizer = {
    name: "hinge",
    weight: ({ epoch, epochs }) => (epoch + 1) / epochs,
    loss: ({ expected, budget }) => expected.div(budget.target).sub(1).relu(),
  };
  const kit = (changes: Partial<Regularizer>) =>
    regularizerConformance(of(RegularizerToken, () => ({ ...hinge, ...changes })));
  const entropy = (epsilon: number): Regularizer["loss"] => ({ probabilities }) =>
    tf.addN(
      [...probabilities.values()].map((p) => p.mul(p.add(epsilon).log()).sum<Scalar>().neg()),
    );
  await passes(kit({}));
  await passes(kit({ loss: entropy(1e-6) }));
  await passes(
    kit({ loss: ({ logits }) => tf.addN([...logits.values()].map((row) => row.square().sum())) }),
  );
  const wrong: [changes: Partial<Regularizer>, part: string][] = [
    [{ weight: NaN }, "finite number in every epoch"],
    [{ weight: ({ epoch, epochs }) => epoch / (epochs - 1) }, "finite number in every epoch"],
    [{ loss: ({ logits }) => logits.get("conv") as never }, "finite scalar"],
    [{ loss: ({ expected, actual }) => expected.div(actual - 25) }, "finite scalar"],
    [{ loss: ({ expected }) => halved(expected).square() }, "agrees with differences"],
    [{ loss: ({ logits }) => halved(logits.get("stage")!).sum() }, "agrees with differences"],
    [{ loss: entropy(0) }, "0 and 1"],
    [{ loss: ({ expected, actual }) => expected.mul(0).add(actual) }, "moves the search"],
  ];
  for (const [changes, part] of wrong) await fails(kit(changes), part);
});

Deno.test("penaltyConformance() passes a sparsity of scales and finds what breaks the rules", async () => {
  const scales = ({ parameters }: PenaltyInput) =>
    [...parameters].filter(([name]) => name.endsWith("/gamma")).map(([, gamma]) => gamma);
  const slimming: Penalty = {
    name: "slimming",
    weight: 1e-4,
    loss: (input) => tf.addN(scales(input).map((gamma) => gamma.abs().sum())),
  };
  const kit = (changes: Partial<Penalty>) =>
    penaltyConformance(of(PenaltyToken, () => ({ ...slimming, ...changes })));
  await passes(kit({}));
  const stem: Penalty["loss"] = ({ parameters }) => parameters.get("stem/norm/gamma")!.abs().sum();
  const wrong: [changes: Partial<Penalty>, part: string][] = [
    [{ weight: ({ epoch }) => 1 / epoch }, "finite number in every epoch"],
    [{ loss: () => tf.zeros([2]) as never }, "finite scalar"],
    // a supernet has a norm for each candidate
    [{ loss: stem }, "finite scalar"],
    [{ loss: (input) => tf.addN(scales(input).map((gamma) => halved(gamma).sum())) }, "agrees"],
    [{ loss: () => tf.scalar(1) }, "moves a weight"],
    [{
      loss(input) {
        for (const gamma of scales(input)) gamma.assign(tf.zerosLike(gamma));
        return slimming.loss(input);
      },
    }, "leaves the weights"],
  ];
  for (const [changes, part] of wrong) await fails(kit(changes), part);
});

Deno.test("importanceConformance() passes sums and draws, and finds what breaks the rules", async () => {
  const sums = (rows: readonly Float32Array[]) =>
    rows.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0));
  const kit = (changes: Partial<Importance>) =>
    importanceConformance(of(ImportanceToken, () => ({
      name: "sums",
      roles: ["filter", "reader"] as const,
      score: ({ weights }) => sums(weights),
      ...changes,
    })));
  await passes(kit({}));
  await passes(kit({ score: ({ weights }, { random }) => weights.map(() => random.next()) }));
  await passes(kit({ needs: ["gradients"], score: (_, { gradients }) => sums(gradients!) }));
  const wrong: [changes: Partial<Importance>, part: string][] = [
    [{ score: ({ weights }) => sums(weights).slice(1) }, "number of at least 0"],
    [{ score: ({ weights }) => weights.map(([first]) => first!) }, "number of at least 0"],
    // not declared as needed
    [{ score: (_, { gradients }) => sums(gradients!) }, "number of at least 0"],
    [{ score: ({ weights }) => sums(weights).map((sum, i) => sum + i) }, "treats channels alike"],
    [
      { score: ({ weights }) => sums(weights.map((row, i) => row.map((w) => w / (1 + i)))) },
      "order",
    ],
    [{ score: ({ weights }) => sums(weights.map((row) => row.fill(1))) }, "changes nothing"],
    [{ score: ({ weights }) => sums(weights).map((sum) => sum + performance.now()) }, "same"],
  ];
  for (const [changes, part] of wrong) await fails(kit(changes), part);
});

Deno.test("searchSpaceConformance() passes halves and finds what breaks the rules", async () => {
  const halves = ({ nodes }: Blueprint): Decision[] =>
    nodes.flatMap((node) =>
      node.op === "conv"
        ? [{
          id: node.id,
          space: "halves",
          candidates: [node.channels / 2, node.channels],
          effect: { kind: "channels", nodes: [node.id] },
        }]
        : []
    );
  const kit = (decisions: SearchSpace["decisions"]) =>
    searchSpaceConformance(of(SearchSpaceToken, () => ({ name: "halves", decisions })));
  await passes(kit(halves));
  const changed =
    (change: (decision: Decision) => object): SearchSpace["decisions"] => (blueprint) =>
      halves(blueprint).map((decision) => ({ ...decision, ...change(decision) }));
  let calls = 0;
  const wrong: [SearchSpace["decisions"], part: string][] = [
    [changed(() => ({ space: "others" })), "bear its name"],
    [changed(() => ({ candidates: [0.5, 4] })), "bear its name"],
    [changed(() => ({ effect: { kind: "channels", nodes: ["none"] } })), "bear its name"],
    [() => [], "something to decide"],
    [(blueprint) => halves(blueprint).slice(calls++ % 2), "same every time"],
    [changed(() => ({ refine: () => {} })), "in plain data"],
    [(blueprint) => halves(blueprint).toReversed(), "order of the network"],
    [(blueprint) => {
      (blueprint.nodes as object[]).pop();
      return halves(blueprint);
    }, "bear its name"],
    [(blueprint) => [...halves(blueprint), ...halves(blueprint)], "bear its name"],
  ];
  for (const [decisions, part] of wrong) await fails(kit(decisions), part);
});

Deno.test("trainingRecipeConformance() passes a recipe and finds what breaks the rules", async () => {
  const training: TrainingOptions = {
    epochs: 4,
    batchSize: 8,
    rate: { peak: 0.1, warmupEpochs: 1, decay: "cosine", final: 0.001, holdEpochs: 1 },
    optimizer: { momentum: 0.9, nesterov: true, decay: 1e-4 },
  };
  const kit = (changes: object) =>
    trainingRecipeConformance(
      of(TrainingRecipeToken, () => ({ pretrain: training, train: { ...training, ...changes } })),
    );
  await passes(kit({}));
  const rate = (changes: object) => ({ rate: { ...training.rate, ...changes } });
  const optimizer = (changes: object) => ({ optimizer: { ...training.optimizer, ...changes } });
  const wrong: [changes: object, part: string][] = [
    [{ scheduler: () => 0.1 }, "plain data"],
    [{ epochs: 0 }, "plain data"],
    [rate({ decay: "linear" }), "plain data"],
    [optimizer({ nesterov: 1 }), "plain data"],
    [rate({ warmupEpochs: 4 }), "within its epochs"],
    [rate({ final: 0.2 }), "finite rates"],
    [rate({ peak: 0, final: 0 }), "finite rates"],
    [optimizer({ momentum: 1 }), "comes to rest"],
  ];
  for (const [changes, part] of wrong) await fails(kit(changes), part);
});

const imagesOf = ({ train }: Dataset) => (train as MemorySplit).images;

/** Sums the images, in steps. */
const brightness: Phase<HasSeed, { readonly brightness: number }, { readonly type: "shine/done" }> =
  {
    name: "shine",
    version: "1",
    options: { scale: 2 },
    uses: [],
    makes: ["brightness"],
    async run({ dataset, random, signal, emit }, { seed }) {
      let sum = seed.values[0]! + random.stream("shine").next();
      for (const pixel of imagesOf(dataset).slice(0, 3)) {
        await new Promise((resolve) => setTimeout(resolve));
        signal.throwIfAborted();
        sum += tf.tidy(() => tf.scalar(pixel).mul(2).dataSync()[0]!);
      }
      emit({ type: "shine/done" });
      return { brightness: sum };
    },
  };

interface HasSeed {
  readonly seed: { readonly values: Float32Array };
}
const seeding: Phase<object, HasSeed> = {
  name: "seed",
  version: "1",
  uses: [],
  makes: ["seed"],
  run: () => Promise.resolve({ seed: { values: Float32Array.of(1) } }),
};

const bringing = definePlugin({
  name: "bringing",
  version: "1",
  provides: [],
  options,
  phases: () => [{ phase: brightness, after: "seed" }],
  setup() {},
});

Deno.test("phaseConformance() passes a phase that keeps the rules, and finds what breaks them", async () => {
  const setup = {
    phase: "shine",
    budget: { cost: "channels", target: 0.6, tolerance: 0.3 },
    plugins: () => [
      ...of(SearchSpaceToken, () => ({ name: "toy", decisions: toyDecisions })).plugins(),
      {
        ...costs(({ node, output }) => node.op === "conv" ? output.channels : 0).plugins()[0]!,
        name: "c",
      },
    ],
  };
  const kit = (changes: object) =>
    phaseConformance({
      ...setup,
      pipeline: () => pipeline().phase(seeding).phase({ ...brightness, ...changes }),
    });
  /** Does the work, and something more before it. */
  const also = (extra: (...args: Parameters<typeof brightness.run>) => unknown) => ({
    run: async (...args: Parameters<typeof brightness.run>) => {
      await extra(...args);
      return brightness.run(...args);
    },
  });
  const quick = { run: () => Promise.resolve({ brightness: 1 }) };
  await passes(kit({}));
  await passes(kit(quick));
  const { version: _, ...unversioned } = brightness;
  await passes(phaseConformance({
    ...setup,
    pipeline: () => pipeline().phase(seeding).phase(unversioned),
  }));
  await passes(phaseConformance({
    ...setup,
    plugins: () => [...setup.plugins(), bringing()],
    pipeline: () => pipeline().phase(seeding),
  }));
  const leaked: tf.Tensor[] = [];
  const leak = () => leaked.push(tf.scalar(1));
  const made = (brightness: () => unknown) => ({
    run: () => Promise.resolve({ brightness: brightness() }),
  });
  const wrong: [changes: object, part: string][] = [
    [{ makes: ["darkness"] }, "makes what it says"],
    [{ makes: undefined }, "makes what it says"],
    [{ usesBudget: false, ...also(({ budget }) => budget) }, "makes what it says"],
    [made(() => () => 1), "makes what it says"],
    [made(() => tf.scalar(1)), "stored"],
    [{ options: { scale: () => 2 } }, "stored"],
    [made(() => Math.random()), "same for the same seed"],
    [{ version: undefined, ...made(() => Math.random()) }, "stored"],
    [also(leak), "same seed, and leaves no tensor"],
    [also(({ emit }) => emit({ type: "other/done" } as never)), "events"],
    [also(({ emit }) => emit({ type: "run:end", elapsedMs: 1 })), "events"],
    [
      also(({ emit }) =>
        emit({ type: "evaluate:end", phase: "train", images: 1, loss: 1, metrics: {} })
      ),
      "events",
    ],
    [also((_, { seed }) => seed.values.fill(0)), "as it was"],
    [also(({ dataset }) => imagesOf(dataset)[0]!++), "as it was"],
    [{
      run: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return { brightness: 1 };
      },
    }, "stops"],
    [also(leak), "stops"],
  ];
  for (const [changes, part] of wrong) await fails(kit(changes), part);
  tf.dispose(leaked);
  await fails(phaseConformance({ ...setup, phase: "none" }), "stored");
});

Deno.test("strategyConformance() passes a fixed choice and finds what breaks the rules", async () => {
  const cut: SearchStrategy = {
    name: "cut",
    async search({ decisions, progress }) {
      await progress({ epoch: 0, epochs: 1, images: 0 });
      return {
        choices: Object.fromEntries(decisions.map(({ id, candidates }) => [id, candidates[0]!])),
      };
    },
  };
  const space = definePlugin({
    name: "exits",
    version: "1",
    provides: [SearchSpaceToken],
    options,
    setup(context) {
      const decision = {
        id: "stage1",
        space: "exits",
        candidates: [1, 2],
        effect: { kind: "exit", stage: "stage1" },
      } as const;
      context.provide(SearchSpaceToken, () => ({ name: "exits", decisions: () => [decision] }));
    },
  });
  const kit = (changes: Partial<SearchStrategy>) =>
    strategyConformance({
      budget: { cost: "channels", target: 0.6, tolerance: 0.2 },
      plugins: () => [
        space(),
        ...costs(({ node, output }) => node.op === "conv" ? output.channels : 0).plugins()
          .map((plugin) => ({ ...plugin, name: "channels" })),
        provider(SearchStrategyToken, () => ({ ...cut, ...changes }))(),
      ],
    });
  await passes(kit({}));
  const silent: SearchStrategy["search"] = ({ decisions }) =>
    Promise.resolve({ choices: Object.fromEntries(decisions.map(({ id }) => [id, 1])) });
  await fails(kit({ search: silent }), "reports progress");
  await fails(kit({ search: silent }), "stops at its first report");
  const leaked: tf.Tensor[] = [];
  const leaking: SearchStrategy["search"] = (context) => {
    leaked.push(tf.keep(tf.scalar(1)));
    return cut.search(context);
  };
  await fails(kit({ search: leaking }), "strategy: leaves no tensor");
  tf.dispose(leaked);
  await fails(kit({ name: "" }), "has a name");
  const taught: SearchStrategy["search"] = (context) => {
    context.teacher!.weights;
    return cut.search(context);
  };
  await fails(kit({ search: taught }), "without a teacher");
  await passes(kit({ search: taught, needs: ["teacher"] }));
});

Deno.test("toyNetwork() and toyData() are valid and fit", () => {
  validateBlueprint(toyNetwork());
  validateDataset(toyData());
  assertEquals(toyNetwork().nodes[0], {
    id: "images",
    op: "input",
    inputs: [],
    shape: toyData().shape,
  });
});
