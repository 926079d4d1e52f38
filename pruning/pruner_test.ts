import {
  type AnyPhase,
  type AnyPlugin,
  CostModelToken,
  createToken,
  EspalierError,
  type EspalierErrorCode,
  type ModelFormat,
  ModelFormatToken,
  NetworkCostModelToken,
  pipeline,
  type SearchStrategy,
  SearchStrategyToken,
  TrainingRecipeToken,
} from "@espalier/core";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { channelCost, DATA, plugin, STEM, stemSpace, TOY } from "../core/testing.ts";
import { createPruner, type PrunerConfig } from "./pruner.ts";
import { CONFIG } from "./testing.ts";

const Clock = createToken<() => number>("@acme/clock");
const phases = pipeline().phase({ name: "one", uses: [], run: () => Promise.resolve({ one: 1 }) });

// deno-lint-ignore no-explicit-any -- pipelines of unlike results
type AnyConfig = PrunerConfig<readonly AnyPlugin[], any>;

function refusal(
  changes: Partial<AnyConfig>,
  code: EspalierErrorCode,
): string {
  const config: AnyConfig = { ...CONFIG, pipeline: phases };
  const error = assertThrows(() => createPruner({ ...config, ...changes }), EspalierError);
  assertEquals(error.code, code);
  return error.message;
}

Deno.test("createPruner() says what there is to decide and where the cost must end", async () => {
  await using pruner = createPruner({ ...CONFIG, pipeline: phases });
  assertEquals(pruner.decisions, [STEM]);
  const { target, low, high, unpruned, smallest, unit } = pruner.budget;
  assertEquals([target, low, high, unpruned, smallest, unit], [2, 1.9, 2.1, 4, 1, "channels"]);
});

const limitedTo = (limits: PrunerConfig<readonly AnyPlugin[], object>["budget"]["limits"]) => ({
  budget: { cost: "channels", target: 0.5, limits: limits! },
  plugins: [...CONFIG.plugins, halves(), widths()],
});

/** A cost of the whole network: half of its widest value. */
const halves = () =>
  plugin((context) =>
    context.provide(NetworkCostModelToken, () => ({
      name: "halves",
      unit: "halves",
      networkCost: ({ nodes }) => Math.max(...nodes.map(({ output }) => output.channels)) / 2,
    })), { name: "halves", provides: [NetworkCostModelToken] });

const widths = () =>
  plugin((context) =>
    context.provide(CostModelToken, () => ({
      name: "widths",
      unit: "widths",
      cost: ({ node, output }) => node.op === "conv" ? output.channels : 0,
    })), { name: "widths", provides: [CostModelToken] });

Deno.test("createPruner() resolves limits of any cost, and refuses those out of reach", async () => {
  const limits = { halves: 0.5, widths: "3" };
  await using pruner = createPruner({ ...CONFIG, ...limitedTo(limits), pipeline: phases });
  assertEquals(pruner.budget.limits?.map(({ cost, high }) => [cost, high]), [
    ["halves", 1],
    ["widths", 3],
  ]);
  const unknown = refusal(limitedTo({ width: 1 }), "ERR_CONFIG_INVALID");
  assertStringIncludes(unknown, '"width". Installed are: "channels", "widths", "halves".');
  const least = refusal(limitedTo({ widths: 0.2 }), "ERR_BUDGET_UNREACHABLE");
  assertStringIncludes(least, "the smallest architecture has 1 widths");
  const both = refusal(limitedTo({ widths: 0.3 }), "ERR_BUDGET_UNREACHABLE");
  assertStringIncludes(both, "widths 1.2 widths at most, where the smallest found is 2");
  const { plugins } = limitedTo({});
  const budget = { cost: "halves", target: 0.5 };
  const whole = refusal({ budget, plugins }, "ERR_CONFIG_INVALID");
  assertStringIncludes(whole, '"halves" is a cost of the whole network. Give it in "limits"');
});

Deno.test("createPruner() refuses names that nothing reads", () => {
  const message = refusal({ plugin: [] } as never, "ERR_CONFIG_INVALID");
  assertStringIncludes(message, 'option "plugin" is unknown (did you mean "plugins"?');
});

Deno.test("createPruner() refuses a plugin that is there twice", () => {
  const message = refusal({ plugins: [...CONFIG.plugins, stemSpace()] }, "ERR_PLUGIN_DUPLICATE");
  assertStringIncludes(message, '"stem-space"');
});

Deno.test("createPruner() refuses two providers of a single token and names both", () => {
  const clock = (name: string) =>
    plugin((context) => context.provide(Clock, () => Date.now), { name, provides: [Clock] });
  const plugins = [...CONFIG.plugins, clock("sun"), clock("quartz")];
  const message = refusal({ plugins }, "ERR_SERVICE_DUPLICATE");
  assertStringIncludes(message, 'plugins "sun" and "quartz"');
});

Deno.test("createPruner() names the plugin and the token that it misses", () => {
  const watch = plugin(() => {}, { name: "watch", requires: [Clock] });
  const message = refusal({ plugins: [...CONFIG.plugins, watch] }, "ERR_PLUGIN_REQUIRES");
  assertStringIncludes(message, 'plugin "watch"');
  assertStringIncludes(message, '"@acme/clock"');
});

Deno.test("createPruner() names the phase and the token that it misses", () => {
  const timed = phases.phase({
    name: "timed",
    uses: [],
    requires: [Clock],
    run: () => Promise.resolve({}),
  });
  const message = refusal({ pipeline: timed }, "ERR_SERVICE_MISSING");
  assertStringIncludes(message, 'phase "timed"');
  assertStringIncludes(message, '"@acme/clock"');
});

Deno.test("createPruner() takes the default pipeline, which requires a recipe and a strategy", () => {
  const error = assertThrows(() => createPruner(CONFIG), EspalierError);
  assertStringIncludes(error.message, `phase "pretrain"`);
  assertStringIncludes(error.message, TrainingRecipeToken.name);
  const recipe = plugin((context) => context.provide(TrainingRecipeToken, () => ({}) as never), {
    provides: [TrainingRecipeToken],
  });
  const plugins = [...CONFIG.plugins, recipe];
  assertThrows(() => createPruner({ ...CONFIG, plugins }), EspalierError, SearchStrategyToken.name);
});

Deno.test("createPruner() refuses an invalid network and invalid data", () => {
  refusal({ network: { ...TOY, output: "nothing" } }, "ERR_BLUEPRINT_INVALID");
  const test = { ...DATA.test, labels: Uint8Array.from([0]) };
  refusal({ data: { ...DATA, test } }, "ERR_DATA_INVALID");
});

Deno.test("createPruner() refuses data of another shape or number of classes, and says both", () => {
  const nodes = TOY.nodes.map((node) =>
    node.op === "input" ? { ...node, shape: [4, 4, 3] as const } : node
  );
  const shape = refusal({ network: { ...TOY, nodes } }, "ERR_DATA_MISMATCH");
  assertStringIncludes(shape, "4×4×3 in the network, 4×4×1 in the data");
  const classes = refusal({ data: { ...DATA, classes: 3 } }, "ERR_DATA_MISMATCH");
  assertStringIncludes(classes, "2 in the network, 3 in the data");
});

Deno.test("createPruner() refuses a budget out of reach or of an unknown cost", () => {
  const message = refusal({ budget: { cost: "channels", target: 0.2 } }, "ERR_BUDGET_UNREACHABLE");
  assertStringIncludes(message, "1 to 4 channels");
  const unknown = refusal({ budget: { cost: "macs", target: 0.5 } }, "ERR_CONFIG_INVALID");
  assertStringIncludes(unknown, 'cost model: "macs". Installed are: "channels"');
});

Deno.test("createPruner() names a plugin whose service fails", () => {
  const unused = plugin((context) => {
    context.provide(Clock, () => {
      throw new Error("not built");
    });
  }, { name: "unused", provides: [Clock] });
  assert(createPruner({ ...CONFIG, pipeline: phases, plugins: [...CONFIG.plugins, unused] }));
  const failing = plugin((context) => {
    context.provide(stemSpace().provides[0]!, () => {
      throw new Error("broken");
    });
  }, { name: "failing", provides: stemSpace().provides });
  const plugins = [channelCost(), failing];
  const error = assertThrows(
    () => createPruner({ ...CONFIG, pipeline: phases, plugins }),
    EspalierError,
  );
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "failing"]);
});

/** A strategy that is never run. */
function strategy(changes: Partial<SearchStrategy>): AnyPlugin {
  const idle: SearchStrategy = {
    name: "informed",
    search: () => Promise.resolve({ choices: {} }),
    ...changes,
  };
  return plugin((context) => context.provide(SearchStrategyToken, () => idle), {
    name: "informed",
    provides: [SearchStrategyToken],
  });
}

Deno.test("createPruner() refuses a strategy that needs a teacher where no phase before makes one", () => {
  const plugins = [...CONFIG.plugins, strategy({ needs: ["teacher"] })];
  const making = (name: string, makes?: readonly string[], uses: AnyPhase["uses"] = []) => ({
    name,
    uses,
    ...makes && { makes },
    run: () => Promise.resolve({}),
  });
  const search = making("search", ["architecture"], [SearchStrategyToken]);
  for (const before of [[], [making("warm-up", ["nothing"])]]) {
    const blind = before.reduce((all, phase) => all.phase(phase), pipeline());
    const late = blind.phase(search).phase(making("pretrain", ["teacher"]));
    const message = refusal({ plugins, pipeline: late }, "ERR_CONFIG_INVALID");
    assertStringIncludes(message, 'strategy "informed" as it needs a teacher');
    assertStringIncludes(message, `makes: ${before[0]?.name ?? "none"}.`);
  }
  for (const makes of [["teacher"], undefined]) {
    const taught = pipeline().phase(making("pretrain", makes)).phase(search);
    assert(createPruner({ ...CONFIG, plugins, pipeline: taught }));
  }
});

Deno.test("createPruner() lets the strategy refuse network and decisions", () => {
  const check: SearchStrategy["check"] = (network, decisions) => {
    throw new EspalierError("ERR_SPACE_INVALID", `${network.name}: ${decisions.length}`);
  };
  const plugins = [...CONFIG.plugins, strategy({ check })];
  assertEquals(refusal({ plugins }, "ERR_SPACE_INVALID"), "toy: 1");
});

/** A format that is never asked for bytes. */
function format(changes: Partial<ModelFormat>, name = "paper"): AnyPlugin {
  const idle = { name, file: `${name}.txt`, encode: () => Promise.resolve(new Uint8Array(1)) };
  return plugin((context) => context.provide(ModelFormatToken, () => ({ ...idle, ...changes })), {
    name,
    provides: [ModelFormatToken],
  });
}

Deno.test("createPruner() lets formats of models refuse the network", async () => {
  const check: ModelFormat["check"] = ({ nodes }) => {
    throw new EspalierError("ERR_EXPORT_UNSUPPORTED", `Cannot write node "${nodes[1]!.id}".`);
  };
  const plugins = [...CONFIG.plugins, format({ check })];
  const error = assertThrows(
    () => createPruner({ ...CONFIG, pipeline: phases, plugins }),
    EspalierError,
    '"stem"',
  );
  assertEquals([error.code, error.plugin], ["ERR_EXPORT_UNSUPPORTED", "paper"]);
  await using fine = createPruner({
    ...CONFIG,
    pipeline: phases,
    plugins: [...CONFIG.plugins, format({}), format({}, "stone")],
  });
  assert(fine);
});

Deno.test("createPruner() refuses formats of models whose files or names would meet", () => {
  for (
    const [changes, found] of [
      [{ file: "stone.txt" }, '"stone.txt" is written by "stone" too'],
      [{ name: "stone" }, "there are two of that name"],
      [{ file: "weights.bin" }, "is a file of the layers-model"],
      [{ file: "../paper.txt" }, "is no plain name"],
    ] as const
  ) {
    const plugins = [...CONFIG.plugins, format(changes), format({}, "stone")];
    assertStringIncludes(refusal({ plugins }, "ERR_CONFIG_INVALID"), found);
  }
});

Deno.test("createPruner() is not changed by what happens to its configuration later", () => {
  const network = structuredClone(TOY);
  const plugins: AnyPlugin[] = [...CONFIG.plugins];
  const pruner = createPruner({ ...CONFIG, network, plugins, pipeline: phases });
  Object.assign(network, { output: "nothing" });
  plugins.length = 0;
  assertEquals(pruner.decisions, [STEM]);
});

Deno.test("run() refuses unknown names and seeds that are none, at the user's line", () => {
  const pruner = createPruner({ ...CONFIG, pipeline: phases });
  assertThrows(
    () => pruner.run({ sed: 1 } as never),
    EspalierError,
    'option "sed" is unknown (did you mean "seed"?',
  );
  const error = assertThrows(() => pruner.run({ seed: -1 }), EspalierError);
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});
