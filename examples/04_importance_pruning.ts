// Classic pruning without a search: keep the most important channels, and their weights. Importance is
// a plugin: here the L1 norm of a filter.
// The layers of a residual sum are tied, so that no projection is needed.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  flops,
  importancePruning,
  inheritWeights,
  l1Norm,
  reportTable,
  resnet,
  showProgress,
  synthetic,
  trainingRecipe,
  useEngine,
  widthSearch,
} from "@espalier/espalier";

await useEngine();
const training = { epochs: 5, batchSize: 32, rate: { warmupEpochs: 1 } };
await using pruner = createPruner({
  network: resnet({ depth: 8, classes: 4, size: 8 }),
  data: synthetic({ noise: 1.5 }),
  budget: { cost: "macs", target: 0.55 },
  plugins: [
    widthSearch({ residual: "tie" }),
    flops(),
    importancePruning(),
    l1Norm(), // or taylor(), geometricMedian(), …
    inheritWeights(),
    trainingRecipe({
      pretrain: training,
      // Fine-tuning: the weights are good already.
      train: { ...training, epochs: 2, rate: { peak: 0.01, warmupEpochs: 0 } },
    }),
  ],
});
const run = pruner.run({ seed: 1 });
showProgress(run.events$, { budget: pruner.budget });
const { architecture, report } = await run.result;
console.log(
  reportTable(report, { labels: { pruned: "fresh weights", transferred: "inherited weights" } }),
);
console.log("channels kept of the stem:", architecture.kept?.stem?.join(" "));
