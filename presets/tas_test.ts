import { EspalierError, type Plugin, type TrainingRecipe } from "@espalier/core";
import { rateAt } from "@espalier/training";
import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { RECIPE_NAMES, type RecipeName } from "./recipes.ts";
import { tas } from "./tas.ts";

function named(plugins: readonly Plugin[], name: string): Plugin {
  return plugins.find((plugin) => plugin.name === name)!;
}

// deno-lint-ignore no-explicit-any -- options are JSON of unlike plugins
function optionsOf(recipe: RecipeName, name: string): any {
  return named(tas({ recipe }), name).options;
}

function trainingOf(plugins: readonly Plugin[]): TrainingRecipe {
  return named(plugins, "training-recipe").options as unknown as TrainingRecipe;
}

Deno.test("tas() searches widths; depths when asked for", () => {
  const rest = [
    "gumbel-softmax",
    "cwi",
    "flops",
    "budget-loss",
    "differentiable-search",
    "kd",
    "training-recipe",
  ];
  const names = (plugins: readonly Plugin[]) => plugins.map(({ name }) => name);
  assertEquals(names(tas()), ["width-search", ...rest]);
  assertEquals(names(tas({ depth: true })), ["width-search", "depth-search", ...rest]);
  assertEquals(names(tas({ width: false, depth: true })), ["depth-search", ...rest]);
});

Deno.test("tas() starts the derived network from the unpruned one by the quick recipe alone", () => {
  const inheriting = RECIPE_NAMES.filter((recipe) => {
    const names = tas({ recipe }).map(({ name }) => name);
    const [sorts, inherits] = [names.includes("sort-channels"), names.includes("inherit-weights")];
    assertEquals(sorts, inherits);
    return inherits;
  });
  assertEquals(inheriting, ["quick"]);
  const tied = RECIPE_NAMES.filter((recipe) =>
    optionsOf(recipe, "width-search").residual === "tie"
  );
  assertEquals(tied, ["quick"]);
  const started = RECIPE_NAMES.filter((recipe) =>
    optionsOf(recipe, "differentiable-search").start === "teacher"
  );
  assertEquals(started, ["quick"]);
});

Deno.test("tas() searches for 600 epochs, of ImageNet 120, with λ = 2 by every recipe but the quick one", () => {
  for (const recipe of RECIPE_NAMES.filter((name) => name !== "quick")) {
    const { epochs, batchSize, architecture } = optionsOf(recipe, "differentiable-search");
    const expected = [recipe === "paper-imagenet" ? 120 : 600, 256, 1e-3];
    assertEquals([epochs, batchSize, architecture.rate], expected, recipe);
    assertEquals(optionsOf(recipe, "budget-loss"), { weight: 2 });
  }
});

Deno.test("tas() lowers tau as the paper or as the official code does", () => {
  const taus = (["default", "paper", "official"] as const).map((recipe) =>
    optionsOf(recipe, "gumbel-softmax").tau
  );
  const linear = { from: 10, to: 0.1, schedule: "linear" };
  assertEquals(taus, [linear, linear, { from: 5, to: 0.1, schedule: "cosine" }]);
});

Deno.test("tas() distils as the official code does, with the paper's recipe as the paper", () => {
  const forms = RECIPE_NAMES.map((recipe) => optionsOf(recipe, "kd").form);
  assertEquals(forms, ["kl", "cross-entropy", "cross-entropy", "kl", "kl"]);
});

Deno.test("tas() trains 5 + 300 epochs, the last 5 at rate 0, by the official recipe", () => {
  const { pretrain, train } = trainingOf(tas({ recipe: "official" }));
  assertEquals(pretrain, train);
  const rate = (epoch: number) => rateAt(train.rate, { epoch, epochs: train.epochs, part: 0 });
  assertEquals(train.epochs, 305);
  assertAlmostEquals(rate(5), 0.1, 1e-12);
  assertEquals(rate(299) > 0, true);
  assertEquals([300, 302, 304].map(rate), [0, 0, 0]);
});

Deno.test("tas() trains 300 epochs, with or without a warm-up among them", () => {
  const recipes = [trainingOf(tas()).train, trainingOf(tas({ recipe: "paper" })).train];
  assertEquals(recipes.map(({ epochs, rate }) => [epochs, rate.warmupEpochs, rate.holdEpochs]), [
    [300, 5, 0],
    [300, 0, 0],
  ]);
});

Deno.test("tas() trains on ImageNet as the paper: 120 epochs, decay 1e-4, half of the loss distilled", () => {
  const { pretrain, train } = trainingOf(tas({ recipe: "paper-imagenet" }));
  assertEquals(pretrain, train);
  assertEquals(train, {
    epochs: 120,
    batchSize: 256,
    rate: { peak: 0.1, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 },
    optimizer: { momentum: 0.9, nesterov: true, decay: 1e-4 },
  });
  const { weights } = optionsOf("paper-imagenet", "differentiable-search");
  assertEquals(weights, { rate: 0.1, momentum: 0.9, nesterov: true, decay: 1e-4 });
  const { weight, temperature } = optionsOf("paper-imagenet", "kd");
  assertEquals([weight, temperature], [0.5, 4]);
});

Deno.test("tas() takes other numbers of epochs, the warm-up a quarter of them at most", () => {
  const plugins = tas({ recipe: "official", epochs: { pretrain: 8, search: 3, train: 40 } });
  const { pretrain, train } = trainingOf(plugins);
  assertEquals([pretrain.epochs, pretrain.rate.warmupEpochs, pretrain.rate.holdEpochs], [8, 2, 2]);
  assertEquals([train.epochs, train.rate.warmupEpochs, train.rate.holdEpochs], [40, 5, 5]);
  assertEquals(Object(named(plugins, "differentiable-search").options).epochs, 3);
});

Deno.test("tas() refuses what it does not know and names what it does", () => {
  const refused = (options: object) => assertThrows(() => tas(options), EspalierError);
  const unknown = refused({ dept: true });
  assertEquals(unknown.code, "ERR_CONFIG_INVALID");
  assertStringIncludes(unknown.message, 'did you mean "depth"?');
  assertStringIncludes(refused({ recipe: "slow" }).message, '"quick"');
  assertStringIncludes(refused({ epochs: { search: 0 } }).message, "epochs.search");
  assertStringIncludes(refused({ width: false }).message, "nothing to search");
});
