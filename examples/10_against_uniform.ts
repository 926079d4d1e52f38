// Does the search find better widths than one ratio for all layers? ResNet-20 on all of CIFAR-10:
// a teacher, a search, and the same distillation for both of its rivals at equal cost. An hour on
// two cores with the native engine; `--quick` shows on little data that it runs.
// deno-lint-ignore-file no-console -- an example
import {
  cifar10,
  createPruner,
  differentiableSearch,
  folderStore,
  kd,
  phases,
  pipeline,
  replaceAll,
  reportTable,
  resnet,
  showProgress,
  subset,
  swap,
  synthetic,
  tas,
  trainingRecipe,
  TransferToken,
  uniform,
  useEngine,
} from "@espalier/espalier";

const quick = Deno.args.includes("--quick");
const SEED = 1;
const EPOCHS = quick
  ? { pretrain: 1, search: 1, train: 1 }
  : { pretrain: 12, search: 10, train: 14 };
const BATCH = quick ? 32 : 128;
const DIRECTORY = "runs/against-uniform";

const { message, device } = await useEngine();
console.log(message);
const data = quick
  ? subset(synthetic({ noise: 1.5 }), { trainPerClass: 16, testPerClass: 8 })
  : await cifar10();
const network = resnet({ depth: quick ? 8 : 20, classes: data.classes, size: data.shape[0] });
const training = (epochs: number) => ({
  epochs,
  batchSize: BATCH,
  rate: { peak: 0.1, warmupEpochs: quick ? 0 : 1 },
});
const recipe = trainingRecipe({
  pretrain: training(EPOCHS.pretrain),
  train: training(EPOCHS.train),
});
// 10 epochs instead of 600: the logits have to move faster than in the paper.
const search = differentiableSearch({
  epochs: EPOCHS.search,
  batchSize: BATCH,
  architecture: { rate: 0.02 },
});
// A teacher of a few epochs is worth less than one of 300.
const teacher = kd({ weight: 0.5 });
const plugins = replaceAll(swap(swap(tas(), search), recipe), TransferToken, [teacher]);
const store = folderStore(`${DIRECTORY}/artifacts`); // The teacher is trained once.

interface Rival {
  readonly rivals: typeof plugins;
  readonly target: number;
  readonly tolerance?: number;
}

async function run(name: string, { rivals, ...budget }: Rival) {
  await using pruner = createPruner({
    network,
    data,
    budget: { cost: "macs", ...budget },
    plugins: rivals,
    pipeline: pipeline()
      .phase(phases.pretrain())
      .phase(phases.search())
      .phase(phases.derive())
      .phase(phases.train())
      .phase(phases.evaluate()),
  });
  const start = performance.now();
  const run = pruner.run({ seed: SEED, directory: `${DIRECTORY}/${name}`, store });
  showProgress(run.events$, { budget: pruner.budget });
  const { report, architecture } = await run.result;
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`\n${name}, ${minutes} min on ${device}\n${reportTable(report)}`);
  console.log(JSON.stringify(architecture.choices));
  const [unpruned, pruned] = [report.rows[0]!, report.rows.at(-1)!];
  return pruned.costs.macs! / unpruned.costs.macs!;
}

const cost = await run("search", { rivals: plugins, target: 0.55 });
await run("uniform", { rivals: swap(plugins, uniform()), target: cost, tolerance: 0.01 });
