// A network that people have: a trained tf.LayersModel becomes smaller and stays what it was, with its
// author's names. `importModel` takes a path or URL of a model.json just as well.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  flops,
  importancePruning,
  importModel,
  inheritWeights,
  l1Norm,
  networkTable,
  reportTable,
  saveModel,
  showProgress,
  synthetic,
  trainingRecipe,
  useEngine,
  widthSearch,
} from "@espalier/espalier";
import * as tf from "@tensorflow/tfjs";

await useEngine();
const data = synthetic({ noise: 1 });

// Stands for the model that you have: convolutions with biases, no norms, flatten, hidden units.
const conv = (filters: number, more: { inputShape?: number[] } = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", ...more });
const mine = tf.sequential({
  name: "mine",
  layers: [
    conv(16, { inputShape: [...data.shape] }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    conv(24),
    tf.layers.flatten(),
    tf.layers.dense({ units: 32, activation: "relu" }),
    tf.layers.dense({ units: data.classes, activation: "softmax", name: "direction" }),
  ],
});
mine.compile({ optimizer: tf.train.adam(0.005), loss: "categoricalCrossentropy" });
const images = tf.tensor4d(Float32Array.from(data.train.images, (byte) => byte / 255), [
  data.train.labels.length,
  ...data.shape,
]);
const labels = tf.oneHot(tf.tensor1d(Int32Array.from(data.train.labels), "int32"), data.classes);
await mine.fit(images, labels, { epochs: 8, batchSize: 32, verbose: 0 });

const imported = await importModel(mine);
mine.dispose();
tf.dispose([images, labels]);
console.log(networkTable(imported));

const once = { epochs: 3, batchSize: 32, rate: { peak: 0.002, warmupEpochs: 0 } };
await using pruner = createPruner({
  network: imported, // trained already: the pipeline begins with it
  data, // bytes enter it as 0..1, as they did above
  budget: { cost: "macs", target: 0.5 },
  plugins: [
    widthSearch(),
    flops(),
    importancePruning(), // or: tas({ recipe: "quick" }) in place of all six
    l1Norm(), // or another importance
    inheritWeights(),
    trainingRecipe({ train: once }),
  ],
});
const run = pruner.run({ seed: 1, directory: "runs/mine" });
showProgress(run.events$, { budget: pruner.budget });
const { model, student, report } = await run.result;
console.log(reportTable(report, { labels: { pruned: "fresh weights", transferred: "inherited" } }));

const pruned = await model.load();
console.log(`${model.path} takes ${pruned.inputNames} and gives ${pruned.outputNames}`);
pruned.dispose();
for (const quantize of [undefined, "float16", "uint8"] as const) {
  const { bytes } = await saveModel(student, `smaller/${quantize ?? "float32"}`, { quantize });
  console.log(`${quantize ?? "float32"}: ${bytes} bytes`);
}
