// Your own arrays: images of 8 × 8 × 3 numbers, in which one quarter is brighter.
// deno-lint-ignore-file no-console -- an example
import { createRandom } from "@espalier/core";
import {
  createPruner,
  fromArrays,
  reportTable,
  resnet,
  showProgress,
  tas,
  useEngine,
} from "@espalier/espalier";

const SIZE = [8, 8, 3] as const;
const [HEIGHT, WIDTH, CHANNELS] = SIZE;

function draw(count: number, name: string): { images: Float32Array; labels: Uint8Array } {
  const random = createRandom(1).stream(name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 4);
  const images = Float32Array.from({ length: count * HEIGHT * WIDTH * CHANNELS }, (_, i) => {
    const pixel = Math.floor(i / CHANNELS);
    const [y, x] = [Math.floor(pixel / WIDTH) % HEIGHT, pixel % WIDTH];
    const quarter = 2 * Math.floor(2 * y / HEIGHT) + Math.floor(2 * x / WIDTH);
    return random.normal() + (quarter === labels[Math.floor(pixel / (HEIGHT * WIDTH))] ? 0.5 : 0);
  });
  return { images, labels };
}

const data = await fromArrays({
  name: "bright-quarters",
  classes: 4,
  shape: SIZE,
  train: draw(512, "train"),
  test: draw(256, "test"),
});

await useEngine();
await using pruner = createPruner({
  network: resnet({ depth: 8, classes: 4, size: HEIGHT }),
  data,
  budget: { cost: "macs", target: 0.5 },
  plugins: tas({ recipe: "quick" }),
});
const run = pruner.run({ seed: 1 });
showProgress(run.events$, { budget: pruner.budget });
console.log(reportTable((await run.result).report));
