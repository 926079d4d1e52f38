// A run that died goes on in the middle of its phase and ends as if it had not.
import {
  type AnyPlugin,
  type ArtifactStore,
  type CoreEvent,
  definePlugin,
  noOptions,
  type Regularizer,
  RegularizerToken,
} from "@espalier/core";
import {
  createPruner,
  inheritWeights,
  memoryStore,
  randomSearch,
  swap,
  tas,
} from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";

await tf.setBackend("cpu");

/** A store whose process dies after some operations. */
interface Mortal extends ArtifactStore {
  /** Operations until then. */
  left: number;
  /** All that it holds, by key. */
  contents(): Promise<Map<string, unknown>>;
}

function mortalStore(): Mortal {
  const store = memoryStore();
  const keys = new Set<string>();
  const step = () => {
    if (mortal.left-- <= 0) throw new Error("killed");
  };
  const mortal: Mortal = {
    left: Infinity,
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

const METHODS: Readonly<Record<string, () => readonly AnyPlugin[]>> = {
  tas: () => tas({ epochs: { pretrain: 2, search: 2, train: 2 }, depth: true }),
  "a term with a state":
    () => [...tas({ epochs: { pretrain: 1, search: 2, train: 1 } }), growing()],
  "random search": () => [
    ...swap(tas({ epochs: { pretrain: 1, train: 1 } }), randomSearch({ candidates: 4 })),
    inheritWeights(),
  ],
};

for (const [name, plugins] of Object.entries(METHODS)) {
  Deno.test(`${name}: a run that dies at any operation ends as one that does not`, async () => {
    const whole = mortalStore();
    whole.left = 1e6;
    const events: CoreEvent[] = [];
    const { report } = await run(plugins(), whole, events);
    const operations = 1e6 - whole.left;
    const tensors = tf.memory().numTensors;
    const deaths = fc.array(fc.integer({ min: 1, max: operations }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(deaths, async (deaths) => {
        const store = mortalStore();
        const seen: CoreEvent[] = [];
        for (const left of deaths) {
          store.left = left;
          await run(plugins(), store, seen).catch((error) => assert(/killed/.test(error), error));
        }
        store.left = Infinity;
        const again = await run(plugins(), store, seen);
        assertEquals(
          again.report.rows.map(({ metrics }) => metrics),
          report.rows.map(({ metrics }) => metrics),
        );
        assertEquals(await madeIn(store), await madeIn(whole));
        assertEquals(lossesOf(seen), lossesOf(events));
        assertEquals(tf.memory().numTensors, tensors);
      }),
      { numRuns: 10 },
    );
  });
}
