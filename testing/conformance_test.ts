import { validateBlueprint } from "@espalier/blueprint";
import {
  type Aggregator,
  AggregatorToken,
  type AnyPlugin,
  type CostModel,
  CostModelToken,
  definePlugin,
  EspalierError,
  type PluginFactory,
  type Sampler,
  SamplerToken,
  SearchSpaceToken,
  type SearchStrategy,
  SearchStrategyToken,
  type Token,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import { validateDataset } from "@espalier/training";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import {
  aggregatorConformance,
  type ConformanceCase,
  costModelConformance,
  pluginConformance,
  samplerConformance,
  strategyConformance,
  toyData,
  toyNetwork,
  transferConformance,
} from "./mod.ts";

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

/** Run the case whose name holds `part`; it must find what is wrong. */
async function fails(cases: Iterable<ConformanceCase>, part: string): Promise<void> {
  const found = [...cases].filter(({ name }) => name.includes(part));
  assertEquals(found.length, 1, `cases named "${part}"`);
  const error = await assertRejects(() => found[0]!.fn(), Error);
  const isBreach = error instanceof EspalierError && error.code === "ERR_PLUGIN_CONTRACT";
  assert(isBreach || error.message.startsWith("Conformance: "), error.message);
}

/** Contracts whose kits take plugins alone. */
const of = <T>(token: Token<T>, make: () => T) => ({
  plugins: (): AnyPlugin[] => [provider(token, make)()],
});

const costs = (cost: CostModel["cost"]) =>
  of(CostModelToken, () => ({ name: "channels", unit: "channels", cost }));

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
  const distance: Transfer = {
    name: "distance",
    taskWeight: 0.5,
    taps: () => ["stem"],
    initialize: (_student, teacher) => teacher.weights,
    loss: ({ student, teacher }) =>
      student.logits.sub(teacher.logits).square().mean()
        .add(student.features.get("stem")!.sub(teacher.features.get("stem")!).square().mean()),
  };
  const kit = (changes: Partial<Transfer>) =>
    transferConformance(of(TransferToken, () => ({ ...distance, ...changes })));
  await passes(kit({}));
  await passes(transferConformance(of(TransferToken, () => ({ name: "none" }))));
  await fails(kit({ taskWeight: NaN }), "weighs the task");
  await fails(kit({ loss: ({ student }) => student.logits as never }), "finite scalar");
  const strange = { other: { shape: [1], values: new Float32Array(1) } };
  await fails(kit({ initialize: () => strange }), "initializes");
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
