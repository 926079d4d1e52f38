import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { EspalierError, type Regularizer } from "@espalier/core";
import { differentiableSearch } from "./differentiable_search.ts";
import {
  type DifferentiableSearchOptionsInput,
  differentiableSearchOptionsSchema,
} from "./options.ts";
import {
  DECISIONS,
  type Gains,
  softmaxSampler,
  toyContext,
  toyNetwork,
  zoneLoss,
} from "./testing.ts";

await tf.setBackend("cpu");

/** Six channels of `wide`, three of `thin` and two blocks are best. */
const GAINS: Gains = { wide: [0, 1, 3, 1], thin: [2, 0], stage0: [0, 2, 1] };

function optionsOf(input: DifferentiableSearchOptionsInput) {
  return differentiableSearchOptionsSchema.parse({ batchSize: 4, ...input });
}

function regularizer(weight: number): Regularizer {
  return { name: "zone", weight, loss: zoneLoss };
}

/** One search over the toy, disposed at its end. */
async function run(
  input: DifferentiableSearchOptionsInput,
  { gains = GAINS, target = 11, regularizers = [] as readonly Regularizer[], limits = {} } = {},
) {
  const { network, calls } = toyNetwork(gains);
  const { sampler, draws } = softmaxSampler();
  const toy = toyContext(network, { target, limits });
  const weight = network.parameters.get("weight")!;
  const before = weight.dataSync()[0];
  const result = await differentiableSearch(
    toy.context,
    { penalties: [], sampler, regularizers },
    optionsOf(input),
  );
  const after = weight.dataSync()[0];
  network[Symbol.dispose]();
  return { result, calls, draws, moved: before !== after, ...toy };
}

Deno.test("differentiableSearch() finds the candidates that lower the loss", async () => {
  const { result } = await run({ epochs: 15, architecture: { rate: 0.2 } });
  assertEquals(result.choices, { wide: 6, thin: 3, stage0: 2 });
  for (const row of Object.values(result.probabilities!)) {
    assertAlmostEquals(row.reduce((a, b) => a + b), 1, 1e-6);
  }
  assertEquals(result.probabilities!.thin!.length, 2);
});

const INDIFFERENT: Gains = { wide: [0, 0, 0, 0], thin: [0, 0], stage0: [0, 0, 0] };

Deno.test("differentiableSearch() is drawn into the budget's zone, and stays there", async () => {
  for (const target of [9, 11, 13]) {
    const { reports, context } = await run({ epochs: 12, architecture: { rate: 0.02 } }, {
      gains: INDIFFERENT,
      target,
      regularizers: [regularizer(2)],
    });
    const { low, high } = context.budget;
    for (const { cost } of reports.slice(-8)) assert(cost! >= low && cost! <= high, `${target}`);
  }
});

Deno.test("differentiableSearch() lowers what exceeds its limit", async () => {
  const wideAfter = async (limits: Readonly<Record<string, number>>) => {
    const { result: { probabilities } } = await run({ epochs: 4 }, {
      gains: INDIFFERENT,
      regularizers: [regularizer(1)],
      limits,
    });
    return [2, 4, 6, 8].reduce((e, value, i) => e + value * probabilities!.wide![i]!, 0);
  };
  const [free, held] = [await wideAfter({}), await wideAfter({ wide: 2 })];
  assert(free - held > 0.01, `${free} ${held}`);
  assertEquals(await wideAfter({ wide: 8 }), free);
});

Deno.test("differentiableSearch() lowers the expected cost above the zone and raises it below", async () => {
  const expectedAfter = async (target: number) => {
    const { result: { probabilities } } = await run({ epochs: 1 }, {
      gains: INDIFFERENT,
      target,
      regularizers: [regularizer(1)],
    });
    return DECISIONS.reduce(
      (sum, { id, candidates }) =>
        sum + candidates.reduce((e, value, i) => e + value * probabilities![id]![i]!, 0),
      0,
    );
  };
  // Costs reach from 6 to 16, so the most probable one is above the first zone and below the last.
  const [lowered, raised] = [await expectedAfter(2), await expectedAfter(20)];
  assert(raised - lowered > 0.01, `${lowered} ${raised}`);
});

Deno.test("differentiableSearch() weighs each regularizer", async () => {
  const rest = { epochs: 1, architecture: { rate: 0.1, decay: 0 } };
  const of = async (regularizers: readonly Regularizer[]) =>
    (await run(rest, { regularizers, target: 7 })).result.probabilities!;
  const twice = await of([regularizer(1), regularizer(1)]);
  assertEquals(await of([regularizer(2)]), twice);
  assert(JSON.stringify(twice) !== JSON.stringify(await of([])));
});

Deno.test("differentiableSearch() trains weights and architecture in turn, each on its half", async () => {
  const { calls, halves, moved } = await run({ epochs: 2, weights: { rate: 0.1 } });
  assert(moved);
  assertEquals(calls.map(({ frozen = false }) => frozen), new Array(6).fill([false, true]).flat());
  assert(calls.every(({ training }) => training));
  assertEquals(halves.toSorted(), [
    "architecture 0 4",
    "architecture 1 4",
    "weights 0 4",
    "weights 1 4",
  ]);
});

Deno.test("differentiableSearch() steps the weights by a rate that falls to zero", async () => {
  // The loss is log(1 + e^−w·g), so that its gradient is known; momentum and decay are off.
  const { network } = toyNetwork({ wide: [1, 1, 1, 1], thin: [1, 1], stage0: [1, 1, 1] });
  const { context } = toyContext(network, { target: 11, batches: [4] });
  const weights = { rate: 0.5, momentum: 0, nesterov: false, decay: 0 };
  const { sampler } = softmaxSampler();
  await differentiableSearch(
    context,
    { penalties: [], sampler, regularizers: [] },
    optionsOf({ epochs: 2, weights }),
  );
  let expected = 1;
  for (const rate of [0.5, 0.25]) expected += rate * 3 / (1 + Math.exp(3 * expected));
  assertAlmostEquals(network.parameters.get("weight")!.dataSync()[0]!, expected, 1e-6);
  network[Symbol.dispose]();
});

Deno.test("differentiableSearch() mixes all depths, and as many widths as the sampler is set to", async () => {
  const { draws } = await run({ epochs: 1 });
  for (const { decisions, count } of draws) {
    assertEquals(count, decisions[0]!.effect.kind === "exit" ? "all" : undefined);
  }
  assertEquals(draws.length, 2 * 2 * 3);
});

Deno.test("differentiableSearch() draws fresh noise in every step, of every kind", async () => {
  const { draws } = await run({ epochs: 3 });
  assertEquals(new Set(draws.map(({ noise }) => noise)).size, draws.length);
  const again = await run({ epochs: 3 });
  assertEquals(again.draws.map(({ noise }) => noise), draws.map(({ noise }) => noise));
});

Deno.test("differentiableSearch() reports loss, accuracy, cost and scheduled values", async () => {
  const { reports } = await run({ epochs: 2, architecture: { rate: 0.1 } });
  assertEquals(reports.map(({ step }) => step), [0, 1, 2, undefined, 0, 1, 2, undefined]);
  assertEquals(reports.map(({ images }) => images), [8, 8, 4, 0, 8, 8, 4, 0]);
  for (const { epoch, epochs, loss, metrics, cost, values } of reports) {
    assertEquals(epochs, 2);
    assert(loss! > 0 && metrics!.accuracy!.value === 1 && cost! >= 6 && cost! <= 16);
    assertEquals(values!.tau, 10 - epoch);
  }
  const { discrepancy } = reports.at(-1)!.values!;
  assert(discrepancy! > 0 && discrepancy! < 1);
  assertEquals(reports[0]!.values!.discrepancy, undefined);
});

Deno.test("differentiableSearch() keeps no tensor from step to step, nor at its end", async () => {
  const before = tf.memory().numTensors;
  const { tensors } = await run({ epochs: 3 }, { regularizers: [regularizer(2)] });
  assertEquals(new Set(tensors.slice(1)).size, 1);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("differentiableSearch() says where the loss stopped being finite, and cleans up", async () => {
  const before = tf.memory().numTensors;
  const { network } = toyNetwork(GAINS);
  const { context } = toyContext(network, { target: 11 });
  const { sampler } = softmaxSampler();
  const nan: Regularizer = { name: "nan", weight: 1, loss: () => tf.scalar(NaN) };
  const architecture = await assertRejects(
    () =>
      differentiableSearch(
        context,
        { penalties: [], sampler, regularizers: [nan] },
        optionsOf({ epochs: 1 }),
      ),
    EspalierError,
    "loss() gives as it must be finite: NaN",
  );
  assertEquals(architecture.code, "ERR_PLUGIN_CONTRACT");
  tf.tidy(() => network.parameters.get("weight")!.assign(tf.scalar(NaN)));
  await assertRejects(
    () =>
      differentiableSearch(
        context,
        { penalties: [], sampler, regularizers: [] },
        optionsOf({ epochs: 1 }),
      ),
    EspalierError,
    "Lower weights.rate.",
  );
  network[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("differentiableSearch() stops where progress throws, and cleans up", async () => {
  const before = tf.memory().numTensors;
  const { network } = toyNetwork(GAINS);
  const { context } = toyContext(network, { target: 11 });
  const { sampler } = softmaxSampler();
  const stopped = { ...context, progress: () => Promise.reject(new Error("stopped")) };
  await assertRejects(
    () =>
      differentiableSearch(stopped, { penalties: [], sampler, regularizers: [] }, optionsOf({})),
    Error,
    "stopped",
  );
  network[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("differentiableSearch() reports no loss where a half has no images", async () => {
  const { network } = toyNetwork(GAINS);
  const { context, reports } = toyContext(network, { target: 11, batches: [] });
  const { sampler } = softmaxSampler();
  const services = { penalties: [], sampler, regularizers: [] };
  await differentiableSearch(context, services, optionsOf({ epochs: 2 }));
  assertEquals(reports.map(({ loss, metrics }) => [loss, metrics]), [
    [undefined, undefined],
    [undefined, undefined],
  ]);
  network[Symbol.dispose]();
});
