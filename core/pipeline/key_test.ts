import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { AnyPlugin } from "../plugin/plugins.ts";
import { createManyToken, createToken } from "../plugin/token.ts";
import { sha256 } from "../sha256.ts";
import { VERSION } from "../version.ts";
import { keyOf, type KeySource, keyText } from "./key.ts";
import type { AnyPhase } from "./phase.ts";

const Noise = createToken<number>("@acme/noise");
const Sampler = createToken<number>("@acme/sampler");
const Cost = createManyToken<number>("@acme/cost");
const Other = createToken<number>("@acme/other");

const setup = () => {};

function plugin(changes: Pick<AnyPlugin, "name"> & Partial<AnyPlugin>): AnyPlugin {
  const options = { rate: 1 };
  return {
    version: "1",
    provides: [],
    requires: [],
    uses: [],
    phases: [],
    options,
    setup,
    ...changes,
  };
}

const noise = plugin({ name: "noise", provides: [Noise] });
const sampler = plugin({
  name: "sampler",
  version: "2",
  provides: [Sampler],
  requires: [Noise],
  options: { rate: 0.5 },
});
const macs = plugin({ name: "macs", provides: [Cost] });
const params = plugin({ name: "params", provides: [Cost] });
const unrelated = plugin({ name: "unrelated", provides: [Other] });

const PHASE: AnyPhase = {
  name: "search",
  version: "3",
  options: { epochs: 2 },
  uses: [Cost],
  requires: [Sampler],
  usesBudget: true,
  run: () => Promise.resolve({}),
};

const INPUTS = ["a".repeat(64), "b".repeat(64)];

const split = { images: new Uint8Array(16), labels: new Uint8Array(1) };

const SOURCE: KeySource = {
  blueprint: {
    name: "toy",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [4, 4, 1] },
      { id: "pool", op: "global-pool", inputs: ["images"] },
      { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
    ],
    stages: [],
    output: "classifier",
  },
  dataset: {
    name: "toy-data",
    fingerprint: "toy-data-1",
    classes: 2,
    shape: [4, 4, 1],
    train: split,
    test: split,
    augment: { pad: 4, flip: true },
  },
  budget: {
    cost: "macs",
    unit: "multiply-adds",
    target: 2,
    low: 1,
    high: 3,
    unpruned: 4,
    smallest: 1,
  },
  decisions: [{
    id: "stem",
    space: "stem",
    candidates: [1, 2],
    effect: { kind: "channels", nodes: ["stem"] },
  }],
  plugins: [noise, sampler, macs, params, unrelated],
  seed: 7,
  engine: "wasm (2 threads)",
};

const { augment: _, ...PLAIN } = SOURCE.dataset;

/** What differs from the run above. */
interface Changes {
  readonly phase?: Partial<AnyPhase>;
  readonly inputs?: readonly string[];
  readonly source?: Partial<KeySource>;
}

function keyAfter({ phase, inputs = INPUTS, source }: Changes): Promise<string> {
  return keyOf({ ...PHASE, ...phase }, inputs, { ...SOURCE, ...source });
}

const withData = (changes: Partial<KeySource["dataset"]>): Changes => ({
  source: { dataset: { ...SOURCE.dataset, ...changes } },
});
const withBlueprint = (changes: Partial<KeySource["blueprint"]>): Changes => ({
  source: { blueprint: { ...SOURCE.blueprint, ...changes } },
});
const withPlugins = (...plugins: readonly AnyPlugin[]): Changes => ({ source: { plugins } });

/** Each changes the key, and no two lead to the same. */
const IN_THE_KEY: Readonly<Record<string, Changes>> = {
  "the phase's name": { phase: { name: "other" } },
  "the phase's version": { phase: { version: "4" } },
  "the phase's options": { phase: { options: { epochs: 3 } } },
  "an input": { inputs: [INPUTS[0]!, "c".repeat(64)] },
  "the order of the inputs": { inputs: INPUTS.toReversed() },
  "the number of inputs": { inputs: INPUTS.slice(1) },
  "the data's fingerprint": withData({ fingerprint: "toy-data-2" }),
  "the data's classes": withData({ classes: 3 }),
  "the data's shape": withData({ shape: [4, 4, 3] }),
  "the data's augmentation": withData({ augment: { pad: 4, flip: false } }),
  "the form of the data's labels": withData({ labels: { kind: "classes" } }),
  "whether the data has an augmentation": { source: { dataset: PLAIN } },
  "the blueprint's name": withBlueprint({ name: "other" }),
  "the blueprint's nodes": withBlueprint({ nodes: SOURCE.blueprint.nodes.slice(1) }),
  "the budget": { source: { budget: { ...SOURCE.budget, high: 3.5 } } },
  "the budget's limits": {
    source: {
      budget: {
        ...SOURCE.budget,
        limits: [{ cost: "params", unit: "parameters", high: 2, unpruned: 4, smallest: 1 }],
      },
    },
  },
  "the decisions": { source: { decisions: [] } },
  "whether budget and decisions are used": { phase: { usesBudget: false } },
  "the seed": { source: { seed: 8 } },
  "the engine": { source: { engine: "wasm (1 thread)" } },
  "a provider's name": withPlugins(noise, { ...sampler, name: "draws" }, macs, params),
  "a provider's version": withPlugins(noise, { ...sampler, version: "3" }, macs, params),
  "a provider's options": withPlugins(noise, { ...sampler, options: { rate: 2 } }, macs, params),
  "the version of what a provider requires": withPlugins(
    { ...noise, version: "2" },
    ...[sampler, macs, params],
  ),
  "the options of what a provider requires": withPlugins(
    { ...noise, options: { rate: 2 } },
    ...[sampler, macs, params],
  ),
  "a provider of what a provider requires that is gone": withPlugins(sampler, macs, params),
  "a provider of many that is gone": withPlugins(noise, sampler, macs),
  "the order of providers of many": withPlugins(noise, sampler, params, macs),
  "that the phase asks for a token": { phase: { asks: [Other] } },
  "whether a token that the phase asks for is provided": {
    phase: { asks: [Other] },
    source: { plugins: [noise, sampler, macs, params] },
  },
  "the tokens that the phase declares": { phase: { uses: [Cost, Other] } },
};

const NOT_IN_THE_KEY: Readonly<Record<string, Changes>> = {
  "the data's name": withData({ name: "other" }),
  "the images, for which the fingerprint stands": withData({
    train: { ...split, images: new Uint8Array(16).fill(1) },
    test: { ...split, labels: Uint8Array.of(1) },
  }),
  "a plugin that the phase does not reach": withPlugins(noise, sampler, macs, params),
  "the version of such a plugin": withPlugins(
    ...[noise, sampler, macs, params],
    { ...unrelated, version: "2" },
  ),
  "the place of such a plugin": withPlugins(unrelated, noise, sampler, macs, params),
  "the functions of the phase": { phase: { run: () => Promise.resolve({ made: 1 }) } },
  "whether a plugin requires or uses a token": withPlugins(
    noise,
    { ...sampler, requires: [], uses: [Noise] },
    ...[macs, params],
  ),
  "whether the phase requires or uses a token": { phase: { requires: [], uses: [Sampler, Cost] } },
  "the order of the blueprint's properties": {
    source: {
      blueprint: Object.fromEntries(
        Object.entries(SOURCE.blueprint).reverse(),
      ) as unknown as KeySource["blueprint"],
    },
  },
};

Deno.test("keyOf() gives what it gave before, so that stores stay valid", async () => {
  const text = keyText(PHASE, INPUTS, SOURCE);
  assertEquals(await keyOf(PHASE, INPUTS, SOURCE), await sha256(text));
  // Another version of core is another key by intention: this one is that of 0.1.0.
  assertEquals(
    await sha256(text.replace(`"core":${JSON.stringify(VERSION)}`, '"core":"0.1.0"')),
    "40e17d20ae1a9fd6414cf2d50682b64714c369bd7f03937fef0b0b3e3b66e471",
  );
});

Deno.test("keyText() holds the version of core", () => {
  assertStringIncludes(keyText(PHASE, INPUTS, SOURCE), `"core":${JSON.stringify(VERSION)}`);
});

for (const [name, changes] of Object.entries(IN_THE_KEY)) {
  Deno.test(`a key depends on ${name}`, async () => {
    assertNotEquals(await keyAfter(changes), await keyAfter({}));
  });
}

Deno.test("different runs have different keys", async () => {
  const keys = await Promise.all([{}, ...Object.values(IN_THE_KEY)].map(keyAfter));
  assertEquals(new Set(keys).size, keys.length);
});

for (const [name, changes] of Object.entries(NOT_IN_THE_KEY)) {
  Deno.test(`a key does not depend on ${name}`, async () => {
    assertEquals(await keyAfter(changes), await keyAfter({}));
  });
}

Deno.test("a key depends on budget and decisions only if the phase uses them", async () => {
  const phase = { usesBudget: false };
  const { budget } = SOURCE;
  const key = await keyAfter({ phase });
  assertEquals(await keyAfter({ phase, source: { budget: { ...budget, target: 1 } } }), key);
  assertEquals(await keyAfter({ phase, source: { decisions: [] } }), key);
});
