// Plugins of unusual make: of another copy of core, of classes, of several tokens; and that throw.
import {
  type Aggregator,
  AggregatorToken,
  type AnyPlugin,
  CostModelToken,
  definePlugin,
  EspalierError,
  noOptions,
  PenaltyToken,
  RegularizerToken,
  type SampleOptions,
  type Sampler,
  SamplerToken,
  type SearchContext,
  SearchSpaceToken,
  SearchStrategyToken,
  type Token,
  TransferToken,
} from "@espalier/core";
import * as own from "@espalier/core";
import { createPruner, replaceAll, swap, tas } from "@espalier/espalier";
import {
  aggregatorConformance,
  pluginConformance,
  samplerConformance,
  toyData,
  toyNetwork,
} from "@espalier/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const PLUGINS = tas({ epochs: { pretrain: 1, search: 1, train: 1 } });
const CONFIG = {
  network: toyNetwork(),
  data: toyData(),
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
} as const;

async function prune(plugins: readonly AnyPlugin[]) {
  await using pruner = createPruner({ ...CONFIG, plugins });
  return await pruner.run({ seed: 1 }).result;
}

/** State behind private names, methods that call each other by `this`. */
class Softmax implements Sampler {
  #draws = 0;
  get draws(): number {
    return this.#draws;
  }
  probabilities(logits: tf.Tensor2D): tf.Tensor2D {
    return tf.softmax(logits);
  }
  sample(logits: tf.Tensor2D, { decisions }: SampleOptions) {
    this.#draws++;
    const rows = tf.unstack(this.probabilities(logits)) as tf.Tensor1D[];
    return decisions.map(({ candidates }, row) => ({
      indices: [...candidates.keys()],
      weights: rows[row]!.slice(0, candidates.length),
    }));
  }
}

class ZeroPadding implements Aggregator {
  readonly #value = 0;
  resize(x: tf.Tensor, channels: number): tf.Tensor {
    const missing = channels - x.shape.at(-1)!;
    return tf.pad(x, x.shape.map((_, i) => [0, i < x.rank - 1 ? 0 : missing]), this.#value);
  }
}

/** Two single tokens, and one of many. */
const several = definePlugin({
  name: "acme-several",
  version: "1",
  provides: [SamplerToken, AggregatorToken, PenaltyToken],
  options: noOptions,
  setup(context) {
    context.provide(SamplerToken, () => new Softmax());
    context.provide(AggregatorToken, () => new ZeroPadding());
    context.provide(PenaltyToken, () => ({
      name: "decay",
      weight: 1e-4,
      loss: ({ parameters }) => tf.addN([...parameters.values()].map((w) => w.square().sum())),
    } as const));
  },
});

const checks = [
  ...pluginConformance({ factory: several, invalid: [{ rate: 1 }] }),
  ...samplerConformance({ plugins: () => [several()] }),
  ...aggregatorConformance({ plugins: () => [several()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

Deno.test("a plugin of several tokens takes the places of all their providers, and gives them back", async () => {
  const names = (plugins: readonly AnyPlugin[]) => plugins.map(({ name }) => name);
  const swapped = swap(PLUGINS, several());
  const others = names(PLUGINS).filter((name) => name !== "gumbel-softmax" && name !== "cwi");
  assertEquals(names(swapped).filter((name) => name !== "acme-several"), others);
  const { report } = await prune(swapped);
  assertEquals(report.rows.length, 3);
  let message = "";
  try {
    swap(swapped, PLUGINS.find(({ name }) => name === "cwi")!);
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, '"acme-several" would be removed, the only provider of');
  assertStringIncludes(message, '"@espalier/core/Sampler", "@espalier/core/Penalty"');
});

Deno.test("services are instances of classes, with getters and private members", async () => {
  const sampler = new Softmax();
  const plugin = definePlugin({
    name: "acme-class",
    version: "1",
    provides: [SamplerToken],
    options: noOptions,
    setup: (context) => context.provide(SamplerToken, () => sampler),
  });
  await prune(swap(PLUGINS, plugin()));
  assert(sampler.draws > 0);
});

Deno.test("transfers of one name train the parameters of both", async () => {
  const seen = new Map<string, Set<number>>();
  const scaled = (plugin: string) =>
    definePlugin({
      name: plugin,
      version: "1",
      provides: [TransferToken],
      options: noOptions,
      setup: (context) =>
        context.provide(TransferToken, () => ({
          name: "scaled",
          parameters: () => ({ scale: { shape: [1], values: Float32Array.of(1) } }),
          loss({ student, teacher, parameters: { scale } }) {
            const values = seen.get(plugin) ?? new Set();
            seen.set(plugin, values.add(scale!.dataSync()[0]!));
            return student.logits.mul(scale!).sub(teacher.logits).square().mean();
          },
        })),
    })();
  const more = tas({ epochs: { pretrain: 1, search: 1, train: 4 } });
  await prune(replaceAll(more, TransferToken, [scaled("acme-one"), scaled("acme-two")]));
  for (const [plugin, values] of seen) assert(values.size > 1, `${plugin}: ${[...values]}`);
  assertEquals(seen.size, 2);
});

/** A second copy of core, as the dependencies of a plugin may bring one. */
async function copyOfCore(): Promise<typeof import("@espalier/core")> {
  const folder = await Deno.makeTempDir();
  const core = new URL("../core/", import.meta.url);
  const copyAll = async (path: string) => {
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    for await (const { name, isDirectory } of Deno.readDir(new URL(path, core))) {
      if (isDirectory) await copyAll(`${path}${name}/`);
      else await Deno.copyFile(new URL(path + name, core), `${folder}/${path}${name}`);
    }
  };
  try {
    await copyAll("");
    return await import(`file://${folder}/mod.ts`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a plugin of another copy of core prunes, and its errors keep code and plugin", async () => {
  const other = await copyOfCore();
  assert(other.EspalierError !== EspalierError);
  const foreign = (name: string, fail: boolean) =>
    other.definePlugin({
      name,
      version: "1",
      contracts: "^1",
      provides: [other.SamplerToken],
      options: other.noOptions,
      setup: (context) =>
        context.provide(other.SamplerToken, () => {
          const softmax = new Softmax();
          return {
            probabilities: (logits) => softmax.probabilities(logits),
            sample(logits, options) {
              if (fail) throw new other.EspalierError("ERR_DATA_CORRUPT", "Cannot read a table.");
              return softmax.sample(logits, options);
            },
          };
        }),
    })() as AnyPlugin;
  const { report } = await prune(swap(PLUGINS, foreign("acme-foreign", false)));
  assertEquals(report.rows.length, 3);
  const error = await assertRejects(() => prune(swap(PLUGINS, foreign("acme-torn", true))));
  for (const { EspalierError, serializeError } of [own, other]) {
    assert(error instanceof EspalierError);
    const { code, plugin, phase } = serializeError(error);
    assertEquals([code, plugin, phase], ["ERR_DATA_CORRUPT", "acme-torn", "search"]);
  }
});

const fail = (): never => {
  throw new RangeError("too far");
};
const sampler = { probabilities: (logits: tf.Tensor2D) => tf.softmax(logits), sample: fail };

/** Where a service throws, and the token that it stands under. */
const THROWS: Record<string, [Token<unknown>, factory: () => unknown]> = {
  "CostModel.cost()": [CostModelToken, () => ({ name: "macs", unit: "u", cost: fail })],
  "SearchSpace.decisions()": [SearchSpaceToken, () => ({ name: "s", decisions: fail })],
  "Sampler.sample()": [SamplerToken, () => sampler],
  "Aggregator.resize()": [AggregatorToken, () => ({ resize: fail })],
  "Regularizer.loss()": [RegularizerToken, () => ({ name: "r", weight: 1, loss: fail })],
  "Penalty.loss()": [PenaltyToken, () => ({ name: "p", weight: 1, loss: fail })],
  "Penalty.weight()": [PenaltyToken, () => ({ name: "p", weight: fail, loss: fail })],
  "Transfer.taps()": [TransferToken, () => ({ name: "t", taps: fail })],
  "Transfer.initialize()": [TransferToken, () => ({ name: "t", initialize: fail })],
  "Transfer.parameters()": [TransferToken, () => ({ name: "t", parameters: fail, loss: fail })],
  "Transfer.loss()": [TransferToken, () => ({ name: "t", loss: fail })],
  "SearchStrategy.search()": [SearchStrategyToken, () => ({ name: "s", search: fail })],
  "SearchStrategy.check()": [SearchStrategyToken, () => ({ name: "s", search: fail, check: fail })],
  'its factory of "@espalier/core/Sampler"': [SamplerToken, fail],
};
for (const [where, [token, factory]] of Object.entries(THROWS)) {
  Deno.test(`what a plugin throws names it: ${where}`, async () => {
    const plugin = definePlugin({
      name: "acme-throws",
      version: "1",
      provides: [token],
      options: noOptions,
      setup: (context) => context.provide(token, factory),
    })();
    const isFirst = !PLUGINS.some(({ provides }) => provides.includes(token));
    const plugins = isFirst
      ? [...PLUGINS, plugin]
      : token.many
      ? [...PLUGINS.filter(({ provides }) => !provides.includes(token)), plugin]
      : swap(PLUGINS, plugin);
    const before = tf.memory().numTensors;
    const error = await assertRejects(() => prune(plugins), EspalierError);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "acme-throws"]);
    assertStringIncludes(error.message, where);
    assertStringIncludes(error.message, "too far");
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("blueprint and decisions cannot be changed by a plugin", async () => {
  const spoilers: Record<string, (context: SearchContext) => void> = {
    blueprint: ({ blueprint }) => void Object(blueprint.nodes).pop(),
    candidates: ({ decisions }) => void Object(decisions[0]!.candidates).pop(),
    decisions: ({ decisions }) => void Object(decisions).pop(),
    budget: ({ budget }) => void Object.assign(budget, { target: NaN }),
  };
  for (const [what, spoil] of Object.entries(spoilers)) {
    const plugin = definePlugin({
      name: `acme-spoils-${what}`,
      version: "1",
      provides: [SearchStrategyToken],
      options: noOptions,
      setup: (context) =>
        context.provide(SearchStrategyToken, () => ({
          name: what,
          search(search) {
            spoil(search);
            return Promise.resolve({ choices: search.uniform({ name: what, index: 0 }) });
          },
        })),
    })();
    const error = await assertRejects(() => prune(swap(PLUGINS, plugin)), EspalierError, what);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", plugin.name]);
  }
});
