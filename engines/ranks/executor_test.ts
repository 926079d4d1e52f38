import {
  engineServices,
  type ExecutorOps,
  type PassMessage,
  type RankPool,
} from "@espalier/supernet/engine";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withServices } from "../../supernet/testing.ts";
import { useEngine } from "../choose.ts";
import type { EngineName } from "../engine.ts";
import { machinePassesAvailable } from "../machine/mod.ts";
import { testNative } from "../native/testing.ts";
import { threadPool } from "./pool.ts";
import {
  assertClose,
  assertNoneLeft,
  DEPTH,
  NETWORK,
  networkOf,
  RESIDUAL,
  RESIDUAL_WIDTHS,
  SLICES,
  type Steps,
  trainee,
  type Values,
  valuesOf,
  VARIED,
  WIDTHS,
  withRanks,
} from "./testing.ts";

/** A pool, and what its ranks were told. */
interface Told {
  readonly pool: RankPool;
  readonly passes: Pick<PassMessage, "executed">[];
}

/** Run with two ranks of an engine at hand, and with its executor. */
async function withTwo(engine: EngineName, run: (told: Told) => void): Promise<void> {
  await useEngine(engine, { ranks: 1 });
  try {
    assert(engineServices().executor !== undefined, `${engine} has an executor`);
    using threads = threadPool({ ranks: 2, engine, threads: 1, minimumWork: 0 });
    const passes: Pick<PassMessage, "executed">[] = [];
    const pool: RankPool = {
      ...threads,
      team() {
        const team = threads.team();
        return {
          ...team,
          post(message) {
            if (message.kind === "pass") passes.push({ executed: message.executed });
            team.post(message);
          },
        };
      },
    };
    run({ pool, passes });
  } finally {
    await useEngine("wasm", { ranks: 1 });
  }
}

/** A test on each engine that has an executor. */
function testExecutors(name: string, run: (told: Told) => void): void {
  Deno.test(`wasm: ${name}`, () => withTwo("wasm", run));
  testNative(`native: ${name}`, () => withTwo("native", run));
}

/** What an executor did. */
interface Seen {
  /** Networks that it ran. */
  passes: number;
  /** How near to 0 the input of any relu was. */
  margin: number;
}

/** Run by the executor, and see what it did. */
function executed<T>(run: () => T): { readonly result: T; readonly seen: Seen } {
  const ops = engineServices().executor!, seen: Seen = { passes: 0, margin: Infinity };
  const watched: ExecutorOps = {
    ...ops,
    upload(...args) {
      seen.passes++;
      return ops.upload(...args);
    },
    affine(x, map) {
      if (map.relu) {
        const before = ops.affine(x, { ...map, relu: false });
        for (const value of ops.read(before)) {
          // 0 itself is a sum of nothing but what another relu closed.
          if (value !== 0) seen.margin = Math.min(seen.margin, Math.abs(value));
        }
        ops.free(before);
      }
      return ops.affine(x, map);
    },
  };
  return withServices({ executor: watched }, () => ({ result: run(), seen }));
}

/** Run on the tape. */
const taped = <T>(run: () => T): T => withServices({ executor: undefined }, run);

/** One step, and the network behind it. */
function stepOf(steps: Steps, at: number): Values {
  using trained = trainee(steps);
  const found = trained.step(at);
  const { parameters, statistics } = trained.network;
  return { ...found, ...withPrefix(valuesOf([...parameters, ...statistics])) };
}

function withPrefix(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, array]) => [`after ${name}`, array]),
  );
}

const decisions = [...RESIDUAL_WIDTHS, DEPTH];
const cases: [string, Omit<Steps, "batches">][] = [
  ["plain", {}],
  ["of widths", { decisions: RESIDUAL_WIDTHS }],
  ["of depth", { decisions: [DEPTH] }],
  ["of widths and depth", { decisions }],
  ["frozen", { decisions, frozen: true }],
  ["with bias and dropout", { blueprint: NETWORK }],
  ["of widths and depth, with bias and dropout", {
    ...{ blueprint: NETWORK, decisions: [...WIDTHS, DEPTH] },
  }],
  ["of slices of layers", { blueprint: NETWORK, decisions: SLICES }],
  ["with what no engine has a pass for", { blueprint: VARIED }],
  ["of widths, with what no engine has a pass for", { blueprint: VARIED, decisions: WIDTHS }],
];

testExecutors(
  "two ranks of an executor give a step as one does, and as the tape does",
  ({ pool, passes }) => {
    for (const [name, rest] of cases) {
      const steps = { blueprint: RESIDUAL, ...rest, batches: Array(10).fill(13) };
      // Images for which rounding turns no relu.
      const [at, one] = steps.batches.map((_, at) =>
        [at, executed(() => stepOf(steps, at))] as const
      ).find(([, { seen }]) => seen.margin > 2e-5)!;
      assert(one.seen.passes > 0, name);
      passes.length = 0;
      const two = withRanks(pool, () => executed(() => stepOf(steps, at)));
      assertEquals(two.seen.passes, one.seen.passes, name);
      assertEquals(passes, [{ executed: true }], name);
      assertClose(two.result, one.result, 3e-5);
      assertClose(one.result, taped(() => stepOf(steps, at)), 5e-5);
      assertClose(withRanks(pool, () => taped(() => stepOf(steps, at))), one.result, 5e-5);
      assertEquals(passes.at(-1), { executed: false }, name);
    }
  },
);

testExecutors(
  "two ranks of an executor stay with one over many steps, whatever the batch",
  ({ pool }) => {
    const steps: Steps = { blueprint: RESIDUAL, decisions, batches: [12, 9, 16, 2, 3, 14] };
    const run = () => {
      using trained = trainee(steps);
      const results = steps.batches.map((_, at) => trained.step(at));
      return [
        ...results,
        valuesOf([...trained.network.parameters, ...trained.network.statistics]),
      ];
    };
    const one = run(), two = withRanks(pool, run);
    two.forEach((values, i) => assertClose(values, one[i]!, 2e-3));
  },
);

testExecutors(
  "two ranks of an executor evaluate as one does, and as the tape does",
  ({ pool, passes }) => {
    using network = networkOf([], RESIDUAL);
    const images = tf.randomNormal([11, 6, 5, 3], 0, 1, "float32", 3) as tf.Tensor4D;
    const evaluate = () =>
      tf.tidy(() => valuesOf([["logits", network.forward(images, { training: false }).logits]]));
    const one = executed(evaluate);
    assertEquals(one.seen.passes, 1);
    assertClose(withRanks(pool, evaluate), one.result, 1e-5);
    assertEquals(passes, [{ executed: true }]);
    assertClose(taped(evaluate), one.result, 1e-5);
    images.dispose();
  },
);

testExecutors(
  "two ranks of an executor go on after a loss that throws",
  ({ pool, passes }) => {
    const steps: Steps = { blueprint: RESIDUAL, decisions: RESIDUAL_WIDTHS, batches: [12, 12] };
    const fail = () => {
      throw new RangeError("a loss of the user's");
    };
    const run = () => {
      using trained = trainee(steps);
      assertThrows(() => trained.step(0, fail), RangeError, "of the user's");
      return trained.step(1);
    };
    const one = run();
    assertClose(withRanks(pool, run), one, 3e-5);
    assertEquals(passes, [{ executed: true }, { executed: true }]);
  },
);

testNative("ranks run machine code as they are told", async () => {
  await useEngine("native", { ranks: 1, machine: false });
  try {
    const steps: Steps = { blueprint: RESIDUAL, batches: [12] };
    const run = (machine: boolean) => {
      using threads = threadPool({
        ...{ ranks: 2, engine: "native", threads: 1, minimumWork: 0, machine },
      });
      return withRanks(threads, () => stepOf(steps, 0));
    };
    const without = run(false);
    assertEquals(run(false), without);
    const assertAs = machinePassesAvailable() ? assertNotEquals : assertEquals;
    assertAs(run(true), without);
  } finally {
    await useEngine("wasm", { ranks: 1 });
  }
});

testExecutors(
  "two ranks of an executor leave no tensor behind",
  ({ pool }) => assertNoneLeft(pool, { blueprint: RESIDUAL, decisions }),
);
