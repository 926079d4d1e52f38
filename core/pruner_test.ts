import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { channelCost, CONFIG, DATA, plugin, STEM, stemSpace, TOY } from "./_testdata.ts";
import { SearchStrategyToken } from "./contracts/search_strategy.ts";
import { TrainingRecipeToken } from "./contracts/training_recipe.ts";
import { EspalierError, type EspalierErrorCode } from "./errors.ts";
import { pipeline } from "./pipeline/pipeline.ts";
import type { AnyPlugin } from "./plugins.ts";
import { createPruner, type PrunerConfig } from "./pruner.ts";
import { createToken } from "./token.ts";

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

Deno.test("createPruner() refuses names that nothing reads", () => {
  const message = refusal({ plugin: [] } as never, "ERR_CONFIG_INVALID");
  assertStringIncludes(message, 'Did you mean "plugins"?');
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
  const space = plugin((context) => {
    context.provide(SearchStrategyToken, () => {
      throw new Error("unused, so not built");
    });
  }, { name: "lazy", provides: [SearchStrategyToken] });
  assert(createPruner({ ...CONFIG, pipeline: phases, plugins: [...CONFIG.plugins, space] }));
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
  assertThrows(() => pruner.run({ sed: 1 } as never), EspalierError, 'Did you mean "seed"?');
  const error = assertThrows(() => pruner.run({ seed: -1 }), EspalierError);
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});
