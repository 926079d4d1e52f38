// What a plugin returns is checked where it enters: the error names that plugin and what it gave.
import {
  type Aggregator,
  AggregatorToken,
  createPruner,
  definePlugin,
  type EspalierError,
  phases as shipped,
  pipeline,
  type Regularizer,
  RegularizerToken,
  type Sampler,
  SamplerToken,
  type SearchSpace,
  SearchSpaceToken,
  type SearchStrategy,
  SearchStrategyToken,
  swap,
  tas,
  TrainingRecipeToken,
  type Transfer,
  TransferToken,
} from "@espalier/espalier";
import {
  type AnyPlugin,
  noOptions,
  type Objective,
  ObjectiveToken,
  type Penalty,
  PenaltyToken,
  type Token,
} from "@espalier/core";
import { toyData, toyNetwork } from "@espalier/testing";
import { plainClassification } from "@espalier/training";
import { assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const NAME = "acme-bad";

function bad<T>(token: Token<T>, service: T): AnyPlugin {
  return definePlugin({
    name: NAME,
    version: "1",
    provides: [token],
    options: noOptions,
    setup: (context) => context.provide(token, () => service),
  })();
}

const PLUGINS = tas({ epochs: { pretrain: 1, search: 1, train: 1 } });

/** The preset with one part in the place of its own, or beside it. */
function using<T>(token: Token<T>, service: T): AnyPlugin[] {
  const plugin = bad(token, service);
  return token.many ? [...PLUGINS, plugin] : swap(PLUGINS, plugin);
}

const good: Sampler = {
  probabilities: (logits) => tf.softmax(logits),
  sample: (logits, { decisions }) =>
    decisions.map(({ candidates: { length } }, r) => ({
      indices: Array.from({ length }, (_, i) => i),
      weights: tf.softmax(logits).slice([r, 0], [1, length]).reshape([length]),
    })),
};
const sampler = (changes: object) => using(SamplerToken, { ...good, ...changes } as Sampler);
const aggregator = (service: object) => using(AggregatorToken, service as Aggregator);
const regularizer = (changes: object) =>
  using(
    RegularizerToken,
    { name: "r", weight: 1, loss: () => tf.scalar(0), ...changes } as Regularizer,
  );
const penalty = (changes: object) =>
  using(PenaltyToken, { name: "p", weight: 1, loss: () => tf.scalar(0), ...changes } as Penalty);
const objective = (changes: object) => [
  ...PLUGINS,
  bad(ObjectiveToken, { ...plainClassification, ...changes } as Objective),
];
const transfer = (changes: object) => using(TransferToken, { name: "t", ...changes } as Transfer);
const strategy = (changes: object) =>
  using(SearchStrategyToken, { name: "s", ...changes } as SearchStrategy);
const space = (changes: object) => {
  const rest = PLUGINS.filter(({ name }) => name !== "width-search");
  return [...rest, bad(SearchSpaceToken, { name: "w", ...changes } as SearchSpace)];
};
const training = {
  epochs: 1,
  batchSize: 8,
  rate: { peak: 0.1, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 },
  optimizer: { momentum: 0.9, nesterov: true, decay: 0 },
};
const recipe = (changes: object) =>
  using(TrainingRecipeToken, { pretrain: { ...training, ...changes }, train: training } as never);
const decision = { id: "stem", space: "w", candidates: [1, 4] };

const CASES: Record<string, [plugins: () => readonly AnyPlugin[], says: string]> = {
  "sampler gives NaN": [
    () =>
      sampler({
        sample: (logits: tf.Tensor2D, options: never) =>
          good.sample(logits, options).map((m) => ({ ...m, weights: m.weights.mul(NaN) })),
      }),
    "sample() of plugin",
  ],
  "sampler gives a bad index": [
    () =>
      sampler({
        sample: (_: never, { decisions }: { decisions: readonly unknown[] }) =>
          decisions.map(() => ({ indices: [99], weights: tf.tensor1d([1]) })),
      }),
    "must mix candidates",
  ],
  "sampler gives too few": [() => sampler({ sample: () => [] }), "must be a list of"],
  "sampler gives nothing": [() => sampler({ sample: () => undefined }), "undefined"],
  "sampler's weights have another shape": [
    () =>
      sampler({
        sample: (_: never, { decisions }: { decisions: readonly unknown[] }) =>
          decisions.map(() => ({ indices: [0], weights: tf.tensor1d([1, 0]) })),
      }),
    "with weights [1]: a tensor [2]",
  ],
  "probabilities of another shape": [
    () => sampler({ probabilities: () => tf.zeros([1, 1]) }),
    "probabilities() of plugin",
  ],
  "probabilities are NaN": [
    () => sampler({ probabilities: (l: tf.Tensor2D) => tf.softmax(l).mul(NaN) }),
    "probabilities() of plugin",
  ],
  "a schedule gives NaN": [() => sampler({ schedule: () => ({ tau: NaN }) }), '"tau"'],
  "aggregator without resize": [() => aggregator({}), "resize of plugin"],
  "aggregator gives one channel": [
    () => aggregator({ resize: (x: tf.Tensor) => x.slice([0], [-1]).mean(-1, true) }),
    "must be a tensor",
  ],
  "aggregator gives NaN": [
    () =>
      aggregator({
        resize: (x: tf.Tensor, channels: number) =>
          tf.fill([...x.shape.slice(0, -1), channels], NaN),
      }),
    "must be finite",
  ],
  "aggregator's matrix of another size": [
    () => aggregator({ resize: (x: tf.Tensor) => x, matrix: () => new Float32Array(1) }),
    "must be a Float32Array of",
  ],
  "aggregator's matrix is NaN": [
    () =>
      aggregator({
        resize: (x: tf.Tensor) => x,
        matrix: (from: number, to: number) => new Float32Array(from * to).fill(NaN),
      }),
    "entry 0 is NaN",
  ],
  "regularizer gives NaN": [
    () => regularizer({ loss: () => tf.scalar(NaN) }),
    "must be finite: NaN",
  ],
  "regularizer gives a vector": [() => regularizer({ loss: () => tf.zeros([2]) }), "a tensor [2]"],
  "regularizer gives a number": [() => regularizer({ loss: () => 1 }), "must be a tensor []: 1"],
  "regularizer weighs by NaN": [() => regularizer({ weight: NaN }), "weight of plugin"],
  "regularizer schedules NaN": [() => regularizer({ weight: () => NaN }), "weight() of plugin"],
  "penalty gives NaN": [() => penalty({ loss: () => tf.scalar(NaN) }), "must be finite: NaN"],
  "penalty gives a vector": [() => penalty({ loss: () => tf.zeros([2]) }), "a tensor [2]"],
  "objective's loss is NaN": [
    () => objective({ loss: (outputs: tf.Tensor) => outputs.sum().mul(NaN) }),
    "must be finite: NaN",
  ],
  "objective's loss is NaN in the search": [
    () => {
      let calls = 0;
      // The unpruned training has two steps, and looks at the last batch again.
      const loss = (outputs: tf.Tensor) => outputs.sum().mul(calls++ < 3 ? 0 : NaN);
      return objective({ loss });
    },
    "must be finite: NaN",
  ],
  "objective's loss is a vector": [
    () => objective({ loss: (outputs: tf.Tensor) => outputs.sum(1) }),
    "must be a tensor []: a tensor [",
  ],
  "objective has no metric": [() => objective({ metrics: [] }), "at least one metric: a list of 0"],
  "objective's metric does not say what is better": [
    () => objective({ metrics: [{ name: "m", share: true, value: () => 1 }] }),
    'whether "higher" or "lower" is better: undefined',
  ],
  "objective has two metrics of one name": [
    () =>
      objective({
        metrics: [...plainClassification.metrics, ...plainClassification.metrics],
      }),
    'has two metrics "accuracy"',
  ],
  "objective takes unknown labels": [
    () => objective({ labels: "boxes" }),
    'must be of a known kind: "boxes"',
  ],
  "objective asks for no outputs": [
    () => objective({ outputs: () => [] }),
    "must be a list of sizes from 1: a list of 0",
  ],
  "objective tallies nothing": [
    () => objective({ tally: () => 1 }),
    "must be a list of numbers: 1",
  ],
  "transfer gives NaN": [() => transfer({ loss: () => tf.scalar(NaN) }), "must be finite: NaN"],
  "transfer gives a vector": [() => transfer({ loss: () => tf.zeros([3]) }), "a tensor [3]"],
  "transfer gives a number": [() => transfer({ loss: () => 0.5 }), "must be a tensor []: 0.5"],
  "transfer weighs by NaN": [() => transfer({ taskWeight: NaN }), "taskWeight of plugin"],
  "transfer schedules a negative weight": [
    () => transfer({ taskWeight: () => -1 }),
    "taskWeight()",
  ],
  "transfer taps no list": [() => transfer({ taps: () => 3, loss: () => tf.scalar(0) }), "taps()"],
  "transfer initializes what is not there": [
    () => transfer({ initialize: () => ({ x: { shape: [1], values: new Float32Array(1) } }) }),
    '"x" is not',
  ],
  "transfer initializes NaN": [
    () =>
      transfer({
        initialize: (
          { weights }: { weights: Record<string, { shape: number[]; values: Float32Array }> },
        ) => {
          const [name, { shape, values }] = Object.entries(weights)[0]!;
          return { [name]: { shape, values: values.map(() => NaN) } };
        },
      }),
    "must hold finite numbers",
  ],
  "strategy finds nothing": [
    () => strategy({ search: () => Promise.resolve() }),
    "search() of plugin",
  ],
  "strategy finds no numbers": [
    () => strategy({ search: () => Promise.resolve({ choices: { stem: "4" } }) }),
    '"stem"',
  ],
  "strategy's probabilities are too few": [
    () => strategy({ search: () => Promise.resolve({ choices: {}, probabilities: {} }) }),
    "probabilities of",
  ],
  "strategy has no name": [() => strategy({ name: "", search: () => {} }), "must be a name"],
  "space gives no list": [() => space({ decisions: () => 7 }), "must be a list: 7"],
  "space's list holds a function": [
    () => space({ decisions: () => [{ ...decision, refine: () => {} }] }),
    '"[0].refine" is a function',
  ],
  "space decides about nothing": [
    () =>
      space({ decisions: () => [{ ...decision, effect: { kind: "channels", nodes: ["none"] } }] }),
    '"none" is no layer',
  ],
  "space has no effect": [() => space({ decisions: () => [decision] }), "its effect is neither"],
  "recipe trains for NaN epochs": [
    () => recipe({ epochs: NaN }),
    'whole number of "epochs"',
  ],
  "recipe decays in an unknown way": [
    () => recipe({ rate: { ...training.rate, decay: "linear" } }),
    'must decay its rate by "cosine" or be "constant": "linear"',
  ],
  "recipe does not say whether Nesterov's momentum is meant": [
    () => recipe({ optimizer: { momentum: 0.9, decay: 0 } }),
    'must say "nesterov": undefined',
  ],
};

/** What creating a pruner or its run fails with. */
async function failure(plugins: readonly AnyPlugin[]): Promise<EspalierError> {
  try {
    await using pruner = createPruner({
      network: toyNetwork(),
      data: toyData(),
      budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
      plugins,
    });
    await pruner.run({ seed: 1 }).result;
  } catch (error) {
    return error as EspalierError;
  }
  throw new Error("nothing was refused");
}

for (const [name, [plugins, says]] of Object.entries(CASES)) {
  Deno.test(`blame: ${name}`, async () => {
    const before = tf.memory().numTensors;
    const { code, plugin, message } = await failure(plugins());
    assertStringIncludes(message, says);
    const expected = name.startsWith("space") && !name.includes("list")
      ? "ERR_SPACE_INVALID"
      : "ERR_PLUGIN_CONTRACT";
    assertEquals([code, plugin], [expected, NAME]);
    assertEquals(tf.memory().numTensors - before, 0, "tensors left behind");
  });
}

Deno.test("what a plugin is handed cannot be changed by it", async () => {
  const spoil: SearchStrategy = {
    name: "spoil",
    needs: ["teacher"],
    search({ decisions, teacher }) {
      for (const { values } of Object.values(teacher!.weights)) values.fill(NaN);
      return Promise.resolve({
        choices: Object.fromEntries(
          decisions.map(({ id, candidates }) => [id, candidates.at(-2)!]),
        ),
      });
    },
  };
  const spoilWeights = {
    name: "spoil-weights",
    initialize: (
      _: unknown,
      { weights }: { weights: Record<string, { values: Float32Array }> },
    ) => {
      for (const { values } of Object.values(weights)) values.fill(NaN);
      return {};
    },
  } as Transfer;
  const plugins = [
    ...swap(PLUGINS, bad(SearchStrategyToken, spoil)),
    { ...bad(TransferToken, spoilWeights), name: "acme-spoil" },
  ];
  const spy = {
    name: "spy",
    uses: [],
    run: (
      _: unknown,
      { teacher }: { teacher: { weights: Record<string, { values: Float32Array }> } },
    ) => {
      for (const { values } of Object.values(teacher.weights)) values.fill(NaN);
      return Promise.resolve({});
    },
  };
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins,
    pipeline: pipeline().phase(shipped.pretrain()).phase(spy).phase(shipped.search())
      .phase(shipped.derive()).phase(shipped.train()).phase(shipped.evaluate()),
  });
  const { report } = await pruner.run({ seed: 1 }).result;
  assertEquals(report.rows.every(({ loss }) => Number.isFinite(loss)), true);
});
