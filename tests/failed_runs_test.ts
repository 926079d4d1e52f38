// A run that fails, wherever a plugin throws, leaves no tensor behind.
import {
  type AnyPlugin,
  type ArtifactStore,
  memoryStore,
  pipeline,
  type PluginContext,
} from "@espalier/core";
import { createPruner, phases, tas } from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

/** Counts calls of services' methods, and throws at one of them. */
class Saboteur {
  readonly calls = new Map<string, number>();
  readonly #at: string | undefined;
  readonly #call: number | undefined;

  constructor(at?: string, call?: number) {
    this.#at = at;
    this.#call = call;
  }

  count(name: string): void {
    const calls = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, calls);
    if (name === this.#at && calls === this.#call) throw new RangeError("sabotage");
  }

  /** The same plugins, whose services' methods are counted. */
  spoil(plugins: readonly AnyPlugin[]): AnyPlugin[] {
    const proxy = (service: object, plugin: string): object =>
      new Proxy({}, {
        has: (_, key) => key in service,
        get: (_, key) => {
          const value = Reflect.get(service, key);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            this.count(`${plugin}.${String(key)}`);
            return Reflect.apply(value, service, args);
          };
        },
      });
    return plugins.map((plugin) => ({
      ...plugin,
      setup: (context: PluginContext<never>) =>
        plugin.setup({
          ...context,
          provide: (token, factory) =>
            context.provide(token, (resolver) => {
              const service = factory(resolver);
              return typeof service === "object" ? proxy(service!, plugin.name) as never : service;
            }),
        }),
    }));
  }
}

/** A store that reads from another one as well, and writes into a new one. */
function over(base: ArtifactStore): ArtifactStore {
  const own = memoryStore();
  return {
    remove: (key) => own.remove(key),
    has: async (key) => await own.has(key) || await base.has(key),
    read: async (key) => await own.has(key) ? await own.read(key) : await base.read(key),
    write: (key, value, options) => own.write(key, value, options),
  };
}

const CONFIG = {
  network: toyNetwork(),
  data: toyData(),
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
  plugins: tas({ epochs: { pretrain: 1, search: 1, train: 1 }, depth: true }),
};

/** Holds the trained unpruned network. */
const teachers = memoryStore();
await createPruner({ ...CONFIG, pipeline: pipeline().phase(phases.pretrain()) }).run({
  seed: 1,
  store: teachers,
}).result;

/** What a run throws, and how many tensors it leaves. */
async function outcomeOf(
  saboteur: Saboteur,
): Promise<{ readonly error: unknown; readonly left: number }> {
  const before = tf.memory().numTensors;
  const plugins = saboteur.spoil(CONFIG.plugins);
  const error = await (async () => {
    await using pruner = createPruner({ ...CONFIG, plugins });
    await pruner.run({ seed: 1, store: over(teachers) }).result;
  })().catch((error) => error);
  return { error, left: tf.memory().numTensors - before };
}

Deno.test("a run leaves no tensor behind, at whichever call a plugin throws", async () => {
  const whole = new Saboteur();
  assertEquals(await outcomeOf(whole), { error: undefined, left: 0 });
  assert(whole.calls.size > 8, "the services' methods are called");
  for (const [name, calls] of whole.calls) {
    for (const call of new Set([1, Math.ceil(calls / 2), calls])) {
      const { error, left } = await outcomeOf(new Saboteur(name, call));
      assert(error instanceof Error, `${name}, call ${call}: the run fails`);
      assertEquals(left, 0, `${name}, call ${call}: tensors left`);
    }
  }
});

Deno.test("a run leaves no tensor behind, at whichever operation the engine throws", async () => {
  const engine = tf.engine();
  const own = engine.runKernel;
  let kernels = 0, last = Infinity;
  engine.runKernel = ((...args: Parameters<typeof own>) => {
    // A reference to a tensor cannot fail.
    if (args[0] !== "Identity" && ++kernels === last) throw new RangeError("no memory");
    return own.apply(engine, args);
  }) as typeof own;
  try {
    await outcomeOf(new Saboteur());
    const all = kernels;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: all }), async (at) => {
        kernels = 0;
        last = at;
        const { error, left } = await outcomeOf(new Saboteur());
        // Times of an image are taken in rounds until enough time has passed: fewer on a busy machine.
        fc.pre(kernels >= at);
        assert(error instanceof Error);
        assertEquals(left, 0, `operation ${at} of ${all}`);
      }),
      { numRuns: 20 },
    );
  } finally {
    engine.runKernel = own;
  }
});
