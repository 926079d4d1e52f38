import { rateAt } from "@espalier/training";
import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { trainingRecipe } from "./mod.ts";
import { trainingRecipeOptionsSchema } from "./options.ts";

const parse = trainingRecipeOptionsSchema.parse.bind(trainingRecipeOptionsSchema);

Deno.test("trainingRecipe() trains both networks alike, as the paper, with a warm-up", () => {
  const { pretrain, train } = parse({});
  assertEquals(pretrain, train);
  assertEquals(train, {
    epochs: 300,
    batchSize: 256,
    rate: { peak: 0.1, warmupEpochs: 5, decay: "cosine", final: 0, holdEpochs: 0 },
    optimizer: { momentum: 0.9, nesterov: true, decay: 5e-4 },
  });
});

Deno.test("trainingRecipe() takes any part of its options", () => {
  const { pretrain, train } = parse({
    train: { epochs: 30, rate: { warmupEpochs: 1 }, optimizer: { nesterov: false } },
  });
  assertEquals(train.epochs, 30);
  assertEquals(train.rate, { ...pretrain.rate, warmupEpochs: 1 });
  assertEquals(train.optimizer, { ...pretrain.optimizer, nesterov: false });
  assertEquals(pretrain, parse({}).pretrain);
});

Deno.test("trainingRecipe() can state the official schedule", () => {
  const { train } = parse({ train: { epochs: 305, rate: { holdEpochs: 5 } } });
  // Recorded: schedules.json, final-cifar.
  const recorded = [[0, 0.5, 0.01], [4, 0.25, 0.085], [152, 0, 0.05157053795], [
    304,
    0,
    0,
  ]] as const;
  for (const [epoch, part, rate] of recorded) {
    assertAlmostEquals(rateAt(train.rate, { epoch, part, epochs: train.epochs }), rate, 1e-9);
  }
});

Deno.test("trainingRecipe() refuses what leaves no epoch at the full rate", () => {
  const error = assertThrows(() => trainingRecipe({ train: { epochs: 3 } }));
  assertStringIncludes(error.message, "3 epochs leave none at the full rate");
  assertThrows(() => parse({ train: { epochs: 10, rate: { holdEpochs: 5 } } }));
  assertEquals(parse({ train: { epochs: 6 } }).train.epochs, 6);
});

Deno.test("trainingRecipe() refuses unknown and impossible values", () => {
  for (const bad of [{ epochs: 3 }, { train: { epochs: 0 } }, { train: { rate: { peek: 1 } } }]) {
    assertThrows(() => parse(bad));
  }
  assertThrows(() => parse({ train: { optimizer: { momentum: 1 } } }));
});
