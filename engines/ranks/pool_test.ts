import { createRandom, EspalierError, type Mixtures } from "@espalier/core";
import { compile } from "@espalier/supernet";
import { engineServices, type RankPool } from "@espalier/supernet/engine";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withServices } from "../../supernet/testing.ts";
import { availableParallelism } from "node:os";
import { useEngine } from "../choose.ts";
import { runModule, testNative } from "../native/testing.ts";
import { threadPool } from "./pool.ts";
import {
  assertClose,
  assertNoneLeft,
  DEPTH,
  MAPPING,
  networkOf,
  SLICES,
  type Steps,
  trainee,
  type Values,
  valuesOf,
  WIDTHS,
  withRanks,
} from "./testing.ts";

await useEngine("wasm", { ranks: 1 });

const threads = threadPool({ ranks: 2, engine: "wasm", threads: 1, minimumWork: 0 });

/** The pool, with a count of the messages to its ranks. */
function counted(pool: RankPool): RankPool & { posts: number } {
  return {
    ...pool,
    posts: 0,
    team() {
      const team = pool.team();
      return {
        ...team,
        post: (message) => {
          this.posts++;
          team.post(message);
        },
      };
    },
  };
}

function runSteps(steps: Steps, pool: RankPool | undefined): Values[] {
  return withRanks(pool, () => {
    using trained = trainee(steps);
    const results = steps.batches.map((_, at) => trained.step(at));
    return [...results, valuesOf([...trained.network.parameters, ...trained.network.statistics])];
  });
}

const cases: [string, Steps][] = [
  ["plain", { batches: [12] }],
  ["of unequal shares", { batches: [13] }],
  ["of widths", { batches: [12], decisions: WIDTHS }],
  ["of slices of layers", { batches: [12], decisions: SLICES }],
  ["of widths and depth", { batches: [12], decisions: [...WIDTHS, DEPTH] }],
  ["of depth", { batches: [12], decisions: [DEPTH] }],
  ["of a network that gives a map", { batches: [13], blueprint: MAPPING, decisions: [DEPTH] }],
  ["frozen", { batches: [12], decisions: [...WIDTHS, DEPTH], frozen: true }],
];

for (const [name, steps] of cases) {
  Deno.test(`threadPool() gives a step ${name} as one rank does`, () => {
    const pool = counted(threads);
    const [two, one] = [runSteps(steps, pool), runSteps(steps, undefined)];
    assert(pool.posts > 0);
    two.forEach((values, i) => assertClose(values, one[i]!, 3e-5));
  });
}

Deno.test("threadPool() stays with one rank over many steps, whatever the batch", () => {
  const steps = { batches: [12, 9, 16, 2, 12, 14], decisions: [...WIDTHS, DEPTH] };
  const [two, one] = [runSteps(steps, threads), runSteps(steps, undefined)];
  two.forEach((values, i) => assertClose(values, one[i]!, 2e-3));
});

Deno.test("threadPool() evaluates as one rank does, and follows weights that are written", async () => {
  using network = networkOf();
  const images = tf.randomNormal([11, 6, 5, 3], 0, 1, "float32", 3) as tf.Tensor4D;
  const logits = (pool: RankPool | undefined) =>
    withRanks(
      pool,
      () =>
        tf.tidy(() => valuesOf([["logits", network.forward(images, { training: false }).logits]])),
    );
  assertClose(logits(threads), logits(undefined), 1e-5);
  const weights = await network.read();
  const [name] = Object.keys(weights);
  network.write({ [name!]: { ...weights[name!]!, values: weights[name!]!.values.map((w) => -w) } });
  assertClose(logits(threads), logits(undefined), 1e-5);
  images.dispose();
});

Deno.test("threadPool() recalibrates norms as one rank does", () => {
  const images = tf.randomNormal([11, 6, 5, 3], 0, 1, "float32", 3) as tf.Tensor4D;
  const statistics = (pool: RankPool | undefined) =>
    withRanks(pool, () => {
      using network = networkOf();
      const options = { training: true, frozen: true, momentum: 0 };
      tf.tidy(() => void network.forward(images, options));
      return valuesOf(network.statistics);
    });
  assertClose(statistics(threads), statistics(undefined), 1e-5);
  images.dispose();
});

testNative("threadPool() gives a step as one rank does on native too", async () => {
  await useEngine("native", { ranks: 1 });
  try {
    using pool = threadPool({ ranks: 2, engine: "native", threads: 1, minimumWork: 0 });
    const steps = { batches: [13], decisions: [...WIDTHS, DEPTH] };
    const [two, one] = [runSteps(steps, pool), runSteps(steps, undefined)];
    two.forEach((values, i) => assertClose(values, one[i]!, 5e-5));
  } finally {
    await useEngine("wasm", { ranks: 1 });
  }
});

Deno.test("threadPool() goes on after a loss that throws", () => {
  const steps = { batches: [12, 12], decisions: WIDTHS };
  withRanks(threads, () => {
    using trained = trainee(steps);
    const fail = () => {
      throw new RangeError("a loss of the user's");
    };
    assertThrows(() => trained.step(0, fail), RangeError, "of the user's");
    trained.network.write(initial);
    const { loss, "stem/kernel": gradient } = trained.step(0);
    assertClose({ loss: loss!, gradient: gradient! }, expected, 3e-5);
  });
});

const initial = await (async () => {
  using network = networkOf(WIDTHS);
  return await network.read();
})();
const expected = (() => {
  const [{ loss, "stem/kernel": gradient }] = runSteps(
    { batches: [12], decisions: WIDTHS },
    undefined,
  ) as [Values];
  return { loss: loss!, gradient: gradient! };
})();

Deno.test("threadPool() differentiates with respect to a part of the parameters", () => {
  const gradientOf = (pool: RankPool | undefined, name: string) =>
    withRanks(pool, () =>
      tf.tidy(() => {
        using network = networkOf();
        const images = tf.randomNormal([12, 6, 5, 3], 0, 1, "float32", 3) as tf.Tensor4D;
        const loss = () => network.forward(images, { training: true }).logits.square().sum();
        const { grads } = tf.variableGrads(loss as () => tf.Scalar, [
          network.parameters.get(name)!,
        ]);
        return valuesOf([[name, Object.values(grads)[0]!]]);
      }));
  for (const name of ["classifier/kernel", "stage/block1/conv_b/kernel", "stem/norm/gamma"]) {
    assertClose(gradientOf(threads, name), gradientOf(undefined, name), 3e-5);
  }
});

Deno.test("images cannot be differentiated where ranks share them", () => {
  using network = compile({
    name: "dense",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [2, 2, 1] },
      { id: "flatten", op: "flatten", inputs: ["images"] },
      { id: "dense", op: "dense", inputs: ["flatten"], channels: 2, bias: false },
    ],
    stages: [],
    output: "dense",
  }, { random: createRandom(1) });
  const gradient = tf.grad((x) => network.forward(x as tf.Tensor4D, { training: true }).logits);
  const run = () => tf.tidy(() => gradient(tf.ones([4, 2, 2, 1])));
  const error = assertThrows(() => withRanks(threads, run), EspalierError, "images");
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("a frozen pass on the tape does not know the gradients of kernels where ranks share it", () => {
  withServices({ ranks: threads, executor: undefined }, () => {
    using network = networkOf(WIDTHS);
    const weights = tf.variable(tf.tensor1d([1]));
    const mixtures = new Map(WIDTHS.map(({ id }) => [id, { indices: [1], weights }])) as Mixtures;
    const images = tf.ones([4, 6, 5, 3]) as tf.Tensor4D;
    const loss = () =>
      network.forward(images, { training: true, frozen: true, mixtures }).logits.sum();
    const kernel = network.parameters.get("classifier/kernel")!;
    const run = () => tf.tidy(() => tf.variableGrads(loss as () => tf.Scalar, [weights, kernel]));
    const error = assertThrows(run, EspalierError, "classifier/kernel");
    assertEquals(error.code, "ERR_CONFIG_INVALID");
    tf.dispose([weights, images]);
  });
});

Deno.test("threadPool() leaves no tensor behind", () => {
  assertNoneLeft(threads, { decisions: WIDTHS });
});

Deno.test("threadPool() says why a rank was lost, and starts others", () => {
  using blind = threadPool({ ranks: 2, engine: "none" as "cpu", threads: 1, minimumWork: 0 });
  using trained = trainee({ batches: [12] });
  const tensors = tf.memory().numTensors;
  const error = assertThrows(() => withRanks(blind, () => trained.step(0)), EspalierError);
  assertEquals(error.code, "ERR_WORKER_LOST");
  assertEquals(tf.memory().numTensors, tensors);
  assertStringIncludes((error.cause as Error).message, "not a function");
  withRanks(threads, () => {
    threads.team().end();
    trained.step(0);
  });
});

Deno.test("useEngine() takes the ranks asked for, or two where there are two processors", async () => {
  const error = await assertRejects(() => useEngine("cpu", { ranks: 1.5 }), EspalierError);
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  const { ranks, message } = await useEngine("wasm", { ranks: 3 });
  assertEquals([ranks, engineServices().ranks?.size], [3, 3]);
  assertStringIncludes(message, "on each of 3 ranks");
  assertEquals((await useEngine("wasm")).ranks, Math.min(2, availableParallelism()));
  assertEquals((await useEngine("cpu")).ranks, 1);
  await useEngine("wasm", { ranks: 1 });
  assertEquals(engineServices().ranks, undefined);
});

Deno.test("a program with ranks ends by itself", async () => {
  const { code, stdout, stderr } = await runModule(`
    import { useEngine } from "../choose.ts";
    import { threadPool } from "../ranks/pool.ts";
    import { trainee, withRanks } from "../ranks/testing.ts";
    await useEngine("wasm", { ranks: 1 });
    const pool = threadPool({ ranks: 2, engine: "wasm", threads: 1, minimumWork: 0 });
    const trained = trainee({ batches: [8] });
    console.log(withRanks(pool, () => trained.step(0)).loss.length);
  `);
  assertEquals([code, stdout.trim()], [0, "1"], stderr);
});

Deno.test("threadPool() ends its threads", () => threads[Symbol.dispose]());
