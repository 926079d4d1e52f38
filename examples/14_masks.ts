// Segmentation of your own: a U-Net that ends in one sigmoid a pixel, and masks. This one was never
// trained, so its blueprint alone is imported, and Espalier trains it before it is pruned.
// deno-lint-ignore-file no-console -- an example
import { createRandom } from "@espalier/core";
import {
  createPruner,
  fromArrays,
  importModel,
  networkTable,
  reportTable,
  segmentation,
  showProgress,
  tas,
  useEngine,
} from "@espalier/espalier";

const SIZE = 32;

/** Pictures of one bright disc before a noisy ground; class 1 is the disc. */
function discs(count: number, name: string): { images: Float32Array; labels: Uint8Array } {
  const random = createRandom(1).stream(name);
  const images = new Float32Array(count * SIZE * SIZE * 3);
  const labels = new Uint8Array(count * SIZE * SIZE);
  for (let image = 0; image < count; image++) {
    const [x, y] = [0, 1].map(() => SIZE * (0.25 + random.next() / 2)) as [number, number];
    const radius = SIZE * (0.1 + random.next() / 6);
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      const inside = Math.hypot(pixel % SIZE - x, Math.floor(pixel / SIZE) - y) < radius;
      const at = image * SIZE * SIZE + pixel;
      labels[at] = Number(inside);
      for (let c = 0; c < 3; c++) {
        images[3 * at + c] = 0.5 * random.normal() + (inside ? 0.6 : -0.2);
      }
    }
  }
  return { images, labels };
}

await useEngine();
const folder = new URL("../tests/fixtures/models/unet/", import.meta.url).pathname;
const { blueprint } = await importModel(`${folder}model.json`);
console.log(networkTable(blueprint));

await using pruner = createPruner({
  network: blueprint,
  data: await fromArrays({
    name: "discs",
    shape: [SIZE, SIZE, 3],
    classes: 2, // one logit a pixel stands for both
    labels: { kind: "class-map" },
    train: discs(96, "train"),
    test: discs(48, "test"),
    augment: { pad: 2, flip: true }, // moves the masks with their pictures
  }),
  budget: { cost: "macs", target: 0.5 },
  plugins: [
    ...tas({ recipe: "quick", epochs: { pretrain: 6, search: 3, train: 6 } }),
    segmentation(),
  ],
});
const run = pruner.run({ seed: 1, directory: "runs/masks" });
showProgress(run.events$, { budget: pruner.budget });
const { model, report } = await run.result;
console.log(reportTable(report));

const [before, after] = [report.rows[0]!, report.rows.at(-1)!].map(({ metrics }) =>
  metrics[report.metric]!.value
) as [number, number];
const { value: guess } = report.baseline![report.metric]!;
const [was, is, plain] = [before, after, guess].map((value) => value.toFixed(3));
console.log(`${report.metric}: ${was} before, ${is} after; one class for all: ${plain}`);
if (!(after > guess + 0.1)) throw new Error("the pruned network learned too little");
const pruned = await model.load();
console.log(`${model.path} takes ${pruned.inputNames} and gives ${pruned.outputNames}`);
pruned.dispose();
