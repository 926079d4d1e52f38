// A run that is stopped goes on where it stopped: no step is done twice.
import {
  type AnyPlugin,
  definePlugin,
  memoryStore,
  noOptions,
  type Penalty,
  PenaltyToken,
} from "@espalier/core";
import {
  createPruner,
  differentiableSearch,
  randomSearch,
  swap,
  tas,
  trainingRecipe,
} from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

/** A penalty that counts the steps of all trainings and searches, or stops at one of them. */
function stepping(step: () => void): AnyPlugin {
  return definePlugin({
    name: "stepping",
    version: "1",
    provides: [PenaltyToken],
    options: noOptions,
    setup(context) {
      context.provide(PenaltyToken, (): Penalty => ({
        name: "stepping",
        weight: 1,
        loss() {
          step();
          return tf.scalar(0);
        },
      }));
    },
  })();
}

/** Steps of a run that is stopped, by a timer, in each of some steps, and starts again. */
async function stepsOf(plugins: readonly AnyPlugin[], stops: readonly number[]): Promise<number> {
  const store = memoryStore();
  const left = [...stops];
  let steps = 0;
  let stop = new AbortController();
  const count = stepping(() => {
    if (++steps !== left[0]) return;
    left.shift();
    setTimeout(() => stop.abort());
  });
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins: [...plugins, count],
  });
  for (;;) {
    stop = new AbortController();
    const { signal } = stop;
    const { result } = pruner.run({ seed: 1, store, signal });
    const over = await result.then(() => true, (error) => {
      if (!signal.aborted) throw error;
      return false;
    });
    if (over) return steps;
  }
}

/** Several steps an epoch. */
const training = { epochs: 2, batchSize: 4, rate: { warmupEpochs: 0 } };
const parts = swap(
  swap(tas({ recipe: "quick" }), trainingRecipe({ pretrain: training, train: training })),
  differentiableSearch({ epochs: 2, batchSize: 2 }),
);
const METHODS: Readonly<Record<string, readonly AnyPlugin[]>> = {
  tas: parts,
  "random search": swap(parts, randomSearch({ candidates: 3 })),
};

for (const [name, plugins] of Object.entries(METHODS)) {
  Deno.test(`${name}: what a stopped run has done is not done again`, async () => {
    const steps = await stepsOf(plugins, []);
    const all = Array.from({ length: steps }, (_, i) => i + 1);
    assertEquals(await stepsOf(plugins, all.filter((step) => step % 3 === 0)), steps);
  });
}
