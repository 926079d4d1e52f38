// Prune a small ResNet to 55 % of its multiply-adds, with distillation.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  reportTable,
  resnet,
  showProgress,
  stopOnSignal,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";

await useEngine();
const pruner = createPruner({
  network: resnet({ depth: 8, classes: 4, size: 8 }),
  data: synthetic({ noise: 1.5 }),
  budget: { cost: "macs", target: 0.55 },
  plugins: tas({ recipe: "quick" }),
});
// Ctrl-C ends the run after its step; the same command goes on.
const { report, model } = await stopOnSignal((signal) => {
  const run = pruner.run({ seed: 1, directory: "runs/quick-start", signal });
  showProgress(run.events$, { budget: pruner.budget });
  return run.result;
});
console.log(reportTable(report));
console.log(`The pruned network: ${model.path}/model.json`);
