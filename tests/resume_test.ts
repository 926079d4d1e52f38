// A run that died goes on in the middle of its phase and ends as if it had not.
import {
  type AnyPlugin,
  type ArtifactStore,
  type CoreEvent,
  definePlugin,
  noOptions,
  type Regularizer,
  RegularizerToken,
  SearchSpaceToken,
} from "@espalier/core";
import {
  createPruner,
  differentiableSearch,
  evolutionSearch,
  importancePruning,
  inheritWeights,
  l1Norm,
  memoryStore,
  type Plugin,
  randomSearch,
  replaceAll,
  swap,
  tas,
  taylor,
  trainingRecipe,
  widthSearch,
} from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";

await tf.setBackend("cpu");

/** A store whose process dies. */
interface Mortal extends ArtifactStore {
  /** Operations until then. */
  left: number;
  /** Dies when so many states of that phase, the n-th that saves any, are written. */
  last?: { readonly phase: number; readonly saves: number };
  /** Phases that saved anything. */
  readonly phases: ReadonlyMap<string, number>;
  /** All that it holds, by key. */
  contents(): Promise<Map<string, unknown>>;
}

function mortalStore(): Mortal {
  const store = memoryStore();
  const keys = new Set<string>();
  const phases = new Map<string, number>();
  const step = () => {
    if (mortal.left-- <= 0) throw new Error("killed");
  };
  const saved = (phase: string) => {
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
    if (mortal.last === undefined) return;
    const [key, saves] = [...phases][mortal.last.phase] ?? [];
    if (key === phase && saves === mortal.last.saves) mortal.left = 0;
  };
  const mortal: Mortal = {
    left: Infinity,
    phases,
    async contents() {
      return new Map(
        await Promise.all([...keys].map(async (key) => [key, await store.read(key)] as const)),
      );
    },
    async has(key) {
      step();
      return await store.has(key);
    },
    async read(key) {
      step();
      return await store.read(key);
    },
    async write(key, value, options) {
      step();
      const written = store.write(key, value, options);
      keys.add(key);
      await written;
      const [phase, slot] = key.split(".");
      if (slot !== undefined) saved(phase!);
    },
    async remove(key) {
      step();
      keys.delete(key);
      await store.remove(key);
    },
  };
  return mortal;
}

async function run(plugins: readonly AnyPlugin[], store: ArtifactStore, events: CoreEvent[] = []) {
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins,
  });
  const { events$, result } = pruner.run({ seed: 3, store, checkpoint: { steps: 2 } });
  events$.subscribe((event) => events.push(event as CoreEvent));
  return await result;
}

/** Losses by phase and epoch: of an epoch that was done twice the last one. */
const lossesOf = (events: readonly CoreEvent[]) =>
  Object.fromEntries(
    events.flatMap((event) =>
      event.type === "train:epoch" || event.type === "search:epoch"
        ? [[`${event.phase}/${event.epoch}`, event.loss]]
        : []
    ),
  );

/** Without the evaluation, which holds times. */
async function madeIn(store: Mortal): Promise<Map<string, unknown>> {
  const contents = await store.contents();
  return new Map([...contents].filter(([, made]) => !Object.hasOwn(Object(made), "report")));
}

/** A loss that remembers how often it was asked: without its state, a resumed search differs. */
const growing = definePlugin({
  name: "growing",
  version: "1",
  provides: [RegularizerToken],
  options: noOptions,
  setup(context) {
    context.provide(RegularizerToken, (): Regularizer => {
      let asked = 0;
      return {
        name: "growing",
        weight: 1,
        loss: ({ expected }) => tf.mul(expected, 0.01 * ++asked) as tf.Scalar,
        readState: () => ({ asked }),
        writeState: (state) => void ({ asked } = state as { asked: number }),
      };
    });
  },
});

/** TAS of two epochs of several steps in every phase. */
const small = (): Plugin[] =>
  swap(
    swap(
      tas({ depth: true }),
      differentiableSearch({ epochs: 2, batchSize: 2, architecture: { rate: 0.1 } }),
    ),
    trainingRecipe({ pretrain: SHORT, train: SHORT }),
  );

const SHORT = { epochs: 2, batchSize: 4, rate: { warmupEpochs: 0 } };

const METHODS: Readonly<Record<string, () => readonly AnyPlugin[]>> = {
  tas: small,
  "a term with a state": () => [...small(), growing()],
  "evolution search": () => [
    ...swap(small(), evolutionSearch({ population: 2, generations: 2, parents: 1 })),
    inheritWeights(),
  ],
  "pruning in rounds": () => [
    ...swap(
      replaceAll(small(), SearchSpaceToken, [widthSearch({ residual: "tie" })]),
      importancePruning({ rounds: 3, epochs: 2, batchSize: 2, rate: 0.05 }),
    ),
    l1Norm(),
    inheritWeights(),
  ],
  "importances of many images": () => [
    ...swap(
      replaceAll(small(), SearchSpaceToken, [widthSearch({ residual: "tie" })]),
      importancePruning({ images: 8, batchSize: 1 }),
    ),
    taylor(),
    inheritWeights(),
  ],
  "random search": () => [...swap(small(), randomSearch({ candidates: 4 })), inheritWeights()],
};

for (const [name, plugins] of Object.entries(METHODS)) {
  Deno.test(`${name}: a run that dies at any moment ends as one that does not`, async () => {
    const whole = mortalStore();
    const events: CoreEvent[] = [];
    const { report } = await run(plugins(), whole, events);
    const made = await madeIn(whole);
    const tensors = tf.memory().numTensors;

    /** Run, die and run again until all deaths are over. Which phases went on in their middle? */
    const resumed = async (deaths: readonly Pick<Mortal, "left" | "last">[]) => {
      const store = mortalStore();
      const seen: CoreEvent[] = [];
      for (const death of deaths) {
        Object.assign(store, { last: undefined, ...death });
        await run(plugins(), store, seen).catch((error) => assert(/killed/.test(error), error));
      }
      Object.assign(store, { left: Infinity, last: undefined });
      const again = await run(plugins(), store, seen);
      const metricsOf = ({ rows }: typeof report) => rows.map(({ metrics }) => metrics);
      assertEquals(metricsOf(again.report), metricsOf(report));
      assertEquals(await madeIn(store), made);
      assertEquals(lossesOf(seen), lossesOf(events));
      assertEquals(tf.memory().numTensors, tensors);
      return seen.flatMap((event) => event.type === "run:resume" ? [event.phase] : []);
    };

    const after = async (phase: number, saves: number) =>
      await resumed([{ left: Infinity, last: { phase, saves } }]);
    const phases = ["pretrain", "search", "control", "train"];
    assertEquals(whole.phases.size, phases.length);
    for (const [i, phase] of phases.entries()) {
      assertEquals(await after(i, 1), [phase]);
      await after(i, 2);
    }
    const deaths = fc.array(fc.record({ left: fc.integer({ min: 1, max: 60 }) }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(deaths, async (deaths) => void await resumed(deaths)),
      { numRuns: 4 },
    );
  });
}
