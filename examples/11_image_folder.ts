// A folder of photographs: a class for each subfolder. These are drawn here; take your own instead.
// deno-lint-ignore-file no-console -- an example
import { createRandom } from "@espalier/core";
import {
  createPruner,
  inMemory,
  reportTable,
  resnet,
  showProgress,
  tas,
  useEngine,
} from "@espalier/espalier";
import { imageFolder } from "@espalier/images";
import { mkdir, writeFile } from "node:fs/promises";
import { PNG } from "pngjs";

/** Discs and rings of any colour, on images of unlike sizes. */
async function draw(directory: string): Promise<void> {
  const random = createRandom(1).stream("photos");
  for (const [name, hole] of [["disc", 0], ["ring", 0.6]] as const) {
    await mkdir(`${directory}/${name}`, { recursive: true });
    for (let i = 0; i < 150; i++) {
      const [width, height] = [40 + random.integer(20), 40 + random.integer(20)];
      const image = new PNG({ width, height });
      const colour = [0, 1, 2].map(() => 100 + random.integer(156));
      const radius = 10 + random.integer(9);
      for (let at = 0; at < width * height; at++) {
        const [y, x] = [Math.floor(at / width) - height / 2, at % width - width / 2];
        const distance = Math.hypot(y, x) / radius;
        const light = distance < 1 && distance > hole ? 1 : 0.2;
        image.data.set([...colour.map((value) => light * value), 255], 4 * at);
      }
      await writeFile(`${directory}/${name}/${i}.png`, PNG.sync.write(image));
    }
  }
}

await draw("photos");
const folder = await imageFolder({
  directory: "photos", // or train and test below it, or a CSV as `labels`
  shape: [16, 16, 3],
  augment: { pad: 1, flip: true },
});
console.log(folder.classNames?.join(", "));
for (const note of folder.notes) console.log(note);

await useEngine();
await using pruner = createPruner({
  network: resnet({ depth: 8, classes: folder.classes, size: 16 }),
  data: await inMemory(folder), // small enough to be decoded once
  budget: { cost: "macs", target: 0.5 },
  plugins: tas({ recipe: "quick" }),
});
const run = pruner.run({ seed: 1 });
showProgress(run.events$, { budget: pruner.budget });
console.log(reportTable((await run.result).report));
