import { conv } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Batch,
  type Blueprint,
  createRandom,
  type Decision,
  definePlugin,
  EspalierError,
  type GroupMember,
  type Importance,
  type ImportanceInput,
  ImportanceToken,
  NO_CHECKPOINT,
  noOptions,
  openServices,
  type SearchContext,
  type SearchProgress,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import { pluginConformance } from "@espalier/testing";
import { compile } from "@espalier/supernet";
import { plainClassification } from "@espalier/training";
import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { importancePruning, type ImportancePruningOptionsInput } from "./mod.ts";

await tf.setBackend("cpu");

/** Provides an importance: by default the L1 norm. */
function scoring(changes: Partial<Importance> = {}): AnyPlugin {
  const sum = (row: Float32Array) => row.reduce((sum, w) => sum + Math.abs(w), 0);
  return definePlugin({
    name: "scoring",
    version: "1",
    provides: [ImportanceToken],
    options: noOptions,
    setup: (context) =>
      context.provide(ImportanceToken, () => ({
        name: "scoring",
        roles: ["filter", "reader"],
        score: ({ weights }) => weights.map(sum),
        ...changes,
      })),
  })();
}

const checks = pluginConformance({
  factory: importancePruning,
  beside: [scoring()],
  valid: [{ ranking: "isomorphic", members: "all", reduction: "max", normalization: "l2" }],
  invalid: [{ norm: "l1" }, { ranking: "local" }, { images: 0 }],
});
for (const { name, fn } of checks) Deno.test(name, fn);

/** Two convolutions that meet in a sum. */
const blueprint: Blueprint = {
  name: "residual",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 1] },
    conv({ id: "stem", input: "images", channels: 4, kernel: 1 }),
    conv({ id: "block", input: "stem", channels: 4, kernel: 1 }),
    { id: "add", op: "add", inputs: ["block", "stem"], projection: { norm: false } },
    { id: "pool", op: "global-pool", inputs: ["add"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

function decide(id: string, nodes: readonly string[]): Decision {
  return {
    id,
    space: "width-search",
    candidates: [1, 2, 3, 4],
    effect: { kind: "channels", nodes },
  };
}

const TEACHER = {
  blueprint,
  weights: {
    "stem/kernel": { shape: [1, 1, 1, 4], values: Float32Array.of(1, -5, 3, 0) },
    "block/kernel": { shape: [1, 1, 4, 4], values: new Float32Array(16) },
  },
};

function contextOf(decisions: readonly Decision[], changes: Partial<SearchContext> = {}) {
  const reports: SearchProgress[] = [];
  const context: Partial<SearchContext> = {
    checkpoint: NO_CHECKPOINT,
    blueprint,
    decisions,
    budget: {
      ...{ cost: "macs", unit: "multiply-adds", unpruned: 16, smallest: 1 },
      ...{ target: 4, low: 3.8, high: 4.2 },
    },
    teacher: TEACHER,
    random: createRandom(1),
    cost: (choices) => choices[decisions[0]!.id]! ** 2,
    progress: (report) => {
      reports.push(report);
      return Promise.resolve();
    },
    ...changes,
  };
  return { context: context as SearchContext, reports };
}

function strategyOf(
  { options, importance }: {
    readonly options?: ImportancePruningOptionsInput;
    readonly importance?: Partial<Importance>;
  } = {},
): SearchStrategy {
  const plugins = [importancePruning(options), scoring(importance)];
  return openServices(plugins).get(SearchStrategyToken);
}

Deno.test("importancePruning() chooses widths and which channels are kept", async () => {
  const { context, reports } = contextOf([decide("stem", ["stem", "block"])]);
  const strategy = strategyOf();
  assertEquals(strategy.needs, ["teacher"]);
  assertEquals(await strategy.search(context), {
    choices: { stem: 2 },
    ranking: { stem: [1, 2, 0, 3] },
  });
  assertEquals(reports, [{ epoch: 0, epochs: 1, images: 0, cost: 4 }]);
});

Deno.test("importancePruning() refuses residual sums whose sides are decided apart", () => {
  for (
    const decisions of [
      [decide("stem", ["stem"]), decide("block", ["block"])],
      [decide("stem", ["stem"])],
    ]
  ) {
    const error = assertThrows(
      () => strategyOf().check!(blueprint, decisions),
      EspalierError,
      `residual: "tie"`,
    );
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }
});

Deno.test("importancePruning() refuses an untrained network", async () => {
  const { context } = contextOf([decide("stem", ["stem", "block"])]);
  const { teacher: _, ...untrained } = context;
  await assertRejects(() => strategyOf().search(untrained), EspalierError, "no teacher");
});

const BATCHES: readonly Batch[] = [2, 3, 4].map((size, seed) => ({
  images: Float32Array.from({ length: 16 * size }, (_, i) => Math.sin(i + 50 * seed)),
  labels: Int32Array.from({ length: size }, (_, i) => i % 2),
  size,
}));

/** A teacher whose classifier and block are not zero, and images. */
function learned(): Partial<SearchContext> {
  const weights = {
    ...TEACHER.weights,
    "block/kernel": {
      shape: [1, 1, 4, 4],
      values: Float32Array.from({ length: 16 }, (_, i) => i / 8 - 1),
    },
    "classifier/kernel": { shape: [4, 2], values: Float32Array.of(1, -1, 2, 0, 0, 1, -1, 1) },
    "classifier/bias": { shape: [2], values: Float32Array.of(0, 0.5) },
  };
  return {
    teacher: { blueprint, weights },
    objective: plainClassification,
    data: { shape: [4, 4, 1], classes: 2 },
    signal: new AbortController().signal,
    batches: () => BATCHES,
  };
}

/** What an importance is shown in a search. */
async function seen(
  needs: Importance["needs"] & object,
  options: ImportancePruningOptionsInput = {},
): Promise<{ calls: (GroupMember & ImportanceInput)[]; reports: SearchProgress[] }> {
  const calls: (GroupMember & ImportanceInput)[] = [];
  const strategy = strategyOf({
    options: { members: "all", ...options },
    importance: {
      needs,
      score(member, input) {
        calls.push({ ...member, ...input });
        return member.weights.map(() => calls.length);
      },
    },
  });
  const { context, reports } = contextOf([decide("stem", ["stem", "block"])], learned());
  const before = tf.memory().numTensors;
  await strategy.search(context);
  assertEquals(tf.memory().numTensors, before);
  return { calls, reports };
}

Deno.test("importancePruning() shows an importance its members once, if it needs no images", async () => {
  const { calls, reports } = await seen([]);
  assertEquals(calls.map(({ node, role }) => [node.id, role]), [
    ["stem", "filter"],
    ["block", "reader"],
    ["block", "filter"],
    ["classifier", "reader"],
  ]);
  assertEquals(calls.every(({ gradients, activations }) => !gradients && !activations), true);
  assertEquals(reports[0]!.images, 0);
});

Deno.test("importancePruning() shows gradients of the mean loss that agree with differences", async () => {
  const { calls, reports } = await seen(["gradients"], { images: 2 });
  assertEquals([calls.length, reports[0]!.images], [4, 2]);
  const { teacher, data, objective } = learned() as SearchContext;
  const [{ images, labels }] = BATCHES as [Batch];
  using network = compile(blueprint, { random: createRandom(1), weights: teacher!.weights });
  const classes = tf.oneHot(tf.tensor1d([...labels], "int32"), data.classes).toFloat();
  const kernel = network.parameters.get("block/kernel")!;
  const first = kernel.clone();
  const loss = (at: tf.Tensor): tf.Scalar => {
    kernel.assign(at as tf.Tensor4D);
    const { logits } = network.forward(tf.tensor4d(images, [2, 4, 4, 1]), { training: false });
    return objective.loss(logits, classes);
  };
  const [, reader, filter] = calls;
  for (const [axis, { gradients }] of [[2, reader!], [3, filter!]] as const) {
    gradients!.forEach((row, channel) =>
      row.forEach((gradient, i) => {
        const step = tf.buffer<tf.Rank.R4>([1, 1, 4, 4]);
        const place = axis === 2 ? [channel, i] : [i, channel];
        step.set(1e-2, 0, 0, place[0]!, place[1]!);
        const [up, down] = [loss(first.add(step.toTensor())), loss(first.sub(step.toTensor()))];
        const difference = (up.dataSync()[0]! - down.dataSync()[0]!) / 2e-2;
        assertAlmostEquals(gradient, difference, 1e-3);
      })
    );
  }
});

Deno.test("importancePruning() shows values of makers, image by image", async () => {
  const { calls } = await seen(["activations"], { images: 2 });
  // The stem's filters are 1, −5, 3 and 0.
  const [stem, ...others] = calls;
  stem!.activations!.forEach((row, channel) =>
    row.forEach((value, i) =>
      assertAlmostEquals(value, BATCHES[0]!.images[i]! * [1, -5, 3, 0][channel]!, 1e-6)
    )
  );
  assertEquals(others.map(({ activations }) => activations?.length), [undefined, 4, undefined]);
});

Deno.test("importancePruning() takes means over batches, weighed by their size", async () => {
  const sizes: number[] = [];
  const strategy = strategyOf({
    options: { images: 8, normalization: "none" },
    importance: {
      needs: ["activations"],
      // Channel 1 matters in the last batch only.
      score(_, { activations }) {
        const size = activations![0]!.length / 16;
        sizes.push(size);
        return [2, size === 4 ? 8 : 0, 3.5, 0];
      },
    },
  });
  const { context } = contextOf([decide("stem", ["stem", "block"])], learned());
  const { ranking } = await strategy.search(context);
  // 2, 3 and 4 images; two members each: means 4; 4/9 · 16 = 7.1; 7; 0.
  assertEquals(sizes, [2, 2, 3, 3, 4, 4]);
  assertEquals(ranking, { stem: [1, 2, 0, 3] });
});

Deno.test("importancePruning() refuses a group of which nothing is scored", () => {
  const strategy = strategyOf({ importance: { roles: ["scale"] } });
  const decisions = [decide("stem", ["stem", "block"])];
  const error = assertThrows(
    () => strategy.check!(blueprint, decisions),
    EspalierError,
    'Cannot rank the channels of "stem" by "scoring" as it scores scale',
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("importancePruning() names the plugin whose scores are none", async () => {
  for (const scores of [[1, 2, 3], [1, 2, 3, NaN], [1, 2, 3, -1]]) {
    const strategy = strategyOf({ importance: { score: () => scores } });
    const { context } = contextOf([decide("stem", ["stem", "block"])]);
    const error = await assertRejects(() => strategy.search(context), EspalierError);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_CONTRACT", "scoring"]);
  }
});
