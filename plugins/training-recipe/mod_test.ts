import { pluginConformance, trainingRecipeConformance } from "@espalier/testing";
import { trainingRecipe } from "./mod.ts";

const checks = [
  ...pluginConformance({
    factory: trainingRecipe,
    options: { train: { epochs: 30 } },
    valid: [{ pretrain: { rate: { warmupEpochs: 0, decay: "constant" } } }],
    invalid: [{ train: { epochs: 3 } }, { train: { batchSize: 0 } }, { train: { rate: 0.1 } }],
  }),
  ...trainingRecipeConformance({ plugins: () => [trainingRecipe()] }),
  ...trainingRecipeConformance({
    plugins: () => [trainingRecipe({ train: { epochs: 30, rate: { decay: "constant" } } })],
  }),
];
for (const { name, fn } of checks) Deno.test(name, fn);
