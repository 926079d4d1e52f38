import { CostModelToken, createRandom, EspalierError, memoryStore, pipeline } from "@espalier/core";
import { initialWeights, parameterSpecs, saveModel } from "@espalier/supernet";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { testOptions } from "../core/options_testing.ts";
import { channelCost, plugin, TOY, withFolder } from "../core/testing.ts";
import * as phases from "./phases/mod.ts";
import { createPruner } from "./pruner.ts";
import { CONFIG } from "./testing.ts";

const one = pipeline().phase({ name: "one", uses: [], run: () => Promise.resolve({ one: 1 }) });
const config = { ...CONFIG, pipeline: one };

const changes = {
  epochs: 1,
  batchSize: 2,
  rate: { peak: 0.1, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 },
  optimizer: { momentum: 0.9, nesterov: true, decay: 0 },
};

testOptions({
  "createPruner()": { call: createPruner, valid: config },
  "the budget of createPruner()": {
    call: (budget) => createPruner({ ...config, budget }),
    at: ["budget"],
    valid: { cost: "channels", target: 0.5, tolerance: 0.05, zone: "around" },
  },
  "run()": {
    call: (options) => createPruner(config).run(options),
    valid: {
      seed: 1,
      directory: "nowhere",
      store: memoryStore(),
      signal: new AbortController().signal,
      fresh: false,
    },
  },
  "pretrain()": { call: phases.pretrain, valid: changes },
  "train()": { call: phases.train, valid: changes },
  "trainControl()": { call: phases.trainControl, valid: changes },
});

/** The message with which a configuration is refused. */
function refusal(wrong: object): string {
  const error = assertThrows(() => createPruner({ ...config, ...wrong }), EspalierError);
  assertEquals(error.code, "ERR_CONFIG_INVALID");
  return error.message;
}

Deno.test("createPruner() says what is wrong with a list of plugins, and where", () => {
  const factory = refusal({ plugins: [channelCost] });
  assertStringIncludes(
    factory,
    'option "plugins[0]" is a function, allowed: plugin (call channel-cost',
  );
  for (const [entry, found] of [[undefined, "undefined"], [null, "null"], [{}, "{}"]] as const) {
    const message = refusal({ plugins: [channelCost(), entry] });
    assertStringIncludes(message, `option "plugins[1]" is ${found}, allowed: plugin`);
  }
});

Deno.test("createPruner() tells to await data that are to come", () => {
  assertStringIncludes(refusal({ data: Promise.resolve(config.data) }), "(await it)");
});

Deno.test("a network with a function in it is refused by its field", () => {
  const network = { ...TOY, name: () => "toy" };
  const error = assertThrows(
    () => createPruner({ ...config, network: network as never }),
    EspalierError,
    "name: ",
  );
  assertEquals(error.code, "ERR_BLUEPRINT_INVALID");
});

Deno.test("a phase of training refuses values that train nothing", () => {
  for (const epochs of [-3, 0, NaN, "3"]) {
    const train = () => phases.pretrain({ epochs } as never);
    assertThrows(train, EspalierError, 'Cannot configure phase "pretrain" as its options');
  }
  const partial = () => phases.train({ rate: { peak: 1 } } as never);
  assertThrows(partial, EspalierError, 'option "rate.warmupEpochs" is undefined');
});

Deno.test("a phase of training leaves out changes that are undefined, and keeps a copy", () => {
  const mine = { epochs: 2, optimizer: undefined };
  const { options } = phases.pretrain(mine as never);
  mine.epochs = 3;
  assertEquals(options, { epochs: 2 });
});

Deno.test("createPruner() refuses two cost models of one name and names their plugins", () => {
  const model = { name: "channels", unit: "channels", cost: () => 1 };
  const second = plugin((context) => context.provide(CostModelToken, () => model), {
    name: "second",
    provides: [CostModelToken],
  });
  const message = refusal({ plugins: [...config.plugins, second] });
  assertStringIncludes(message, '"channels" of plugins "channel-cost" and "second"');
});

Deno.test("createPruner() names the plugin that provides nothing", () => {
  const empty = plugin((context) => context.provide(CostModelToken, (() => {}) as never), {
    name: "empty",
    provides: [CostModelToken],
  });
  const create = () => createPruner({ ...config, plugins: [...config.plugins, empty] });
  const error = assertThrows(create, EspalierError, 'plugin "empty"');
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_UNDECLARED", "empty"]);
});

Deno.test("createPruner() refuses a zone in which no shape lies, before any work", () => {
  // Costs are 1, 2, 3 and 4.
  const budget = { cost: "channels", target: 2.5, tolerance: 0.1 };
  const error = assertThrows(() => createPruner({ ...config, budget }), EspalierError);
  assertEquals(error.code, "ERR_BUDGET_ZONE_EMPTY");
  assert(createPruner({ ...config, budget: { ...budget, tolerance: 0.2 } }));
});

Deno.test("loadTeacher() refuses the folder of another network before any phase works", async () => {
  await withFolder(async (path) => {
    const nodes = TOY.nodes.map((node) => node.op === "dense" ? { ...node, channels: 5 } : node);
    const other = { ...TOY, nodes };
    const weights = initialWeights(parameterSpecs(other), createRandom(1));
    await saveModel({ blueprint: other, weights }, path);
    let worked = 0;
    const work = { name: "work", uses: [], run: () => Promise.resolve({ worked: ++worked }) };
    const both = pipeline().phase(work).phase(phases.loadTeacher(path));
    const { result } = createPruner({ ...CONFIG, pipeline: both }).run();
    const error = await assertRejects(() => result, EspalierError, path);
    assertStringIncludes(error.message, '"classifier/kernel" is 4×5, not 4×2');
    assertEquals([error.code, worked], ["ERR_MODEL_CORRUPT", 0]);
  });
  assertThrows(() => phases.loadTeacher("" as never), EspalierError, 'option "path" is ""');
  assertThrows(() => phases.loadTeacher({} as never), EspalierError, 'option "path" is {}');
});
