// A regression of your own: a trained MLP and the table that it was made for. From a terminal:
// deno task espalier prune model.json --data houses.csv:target=price --target 50% --method l1 --out smaller
// deno-lint-ignore-file no-console -- an example
import { createRandom } from "@espalier/core";
import {
  createPruner,
  csv,
  flops,
  importancePruning,
  importModel,
  inheritWeights,
  kd,
  l1Norm,
  networkTable,
  regression,
  reportTable,
  showProgress,
  trainingRecipe,
  useEngine,
  widthSearch,
} from "@espalier/espalier";
import { toLayersModel } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";

await useEngine();
const folder = new URL("../tests/fixtures/models/mlp_regression/", import.meta.url).pathname;
const imported = await importModel(`${folder}model.json`);
console.log(networkTable(imported));

/** Stands for the table that you have: houses whose prices the model knows but for some chance. */
function houses(count: number): string {
  const random = createRandom(1).stream("houses");
  const features = Array.from(
    { length: count },
    () => Array.from({ length: 13 }, () => random.normal()),
  );
  const model = toLayersModel(imported.blueprint, imported.weights);
  const known = tf.tidy(() => (model.predict(tf.tensor2d(features)) as tf.Tensor).dataSync());
  model.dispose();
  const rows = features.map((row, i) => [...row, known[i]! + 0.05 * random.normal()]);
  const names = [...features[0]!.map((_, i) => `feature${i}`), "price"];
  return [names, ...rows].map((row) => row.join()).join("\n");
}
await Deno.writeTextFile("houses.csv", houses(1000));

const table = await csv({ file: "houses.csv", target: "price", labels: "numbers" });
const tuning = { epochs: 20, batchSize: 32, rate: { peak: 0.02, warmupEpochs: 0 } };
await using pruner = createPruner({
  network: imported,
  data: table, // features enter as they are: the model was trained on them
  budget: { cost: "macs", target: 0.5 },
  plugins: [
    regression(),
    widthSearch(),
    flops(),
    importancePruning(),
    l1Norm(),
    inheritWeights(),
    kd({ weight: 0.5 }),
    trainingRecipe({ train: tuning }),
  ],
});
const run = pruner.run({ seed: 1, directory: "runs/houses" });
showProgress(run.events$, { budget: pruner.budget });
const { model, report } = await run.result;
console.log(reportTable(report, { labels: { pruned: "fresh weights", transferred: "inherited" } }));

const [before, after] = [report.rows[0]!, report.rows.at(-1)!].map(({ metrics }) =>
  metrics[report.metric]!.value
) as [number, number];
const { value: guess } = report.baseline![report.metric]!;
const [was, is, plain] = [before, after, guess].map((value) => value.toFixed(3));
console.log(`${report.metric}: ${was} before, ${is} after; the mean of all prices: ${plain}`);
if (!(after < guess / 2)) throw new Error("the pruned network learned too little");
const pruned = await model.load();
console.log(`${model.path} takes ${pruned.inputNames} and gives ${pruned.outputNames}`);
pruned.dispose();
