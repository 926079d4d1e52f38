/**
 * Prints the most bytes of arrays that live at once while a source of so many images and class maps is
 * checked, measured and gone through in batches: `deno run --v8-flags=--expose-gc peak_testing.ts 1000`.
 */
import { type BatchLabels, createRandom, type Dataset, type Source } from "@espalier/core";
import { plainClassification } from "@espalier/training";
import { baselineOf } from "../objective/baseline.ts";
import { channelStatistics } from "./channel_statistics.ts";
import { createBatches } from "./create_batches.ts";
import { strataOf } from "./label_form.ts";
import { splitHalves } from "./split_halves.ts";
import { checkLabelSources, validateDataset } from "./validate_dataset.ts";

const SHAPE = [16, 16, 3] as const;

let peak = 0;
function look(): void {
  // The second waits until the first has freed what it found.
  for (let i = 0; i < 2; i++) (globalThis as unknown as { gc(): void }).gc();
  peak = Math.max(peak, Deno.memoryUsage().external);
}

let reads = 0;
const drawn = (count: number, size: number, below: number): Source => ({
  count,
  size,
  kind: "bytes",
  read(indices) {
    if (reads++ % 8 === 0) look();
    const values = new Uint8Array(indices.length * size);
    for (let i = 0; i < values.length; i++) {
      values[i] = (indices[Math.floor(i / size)]! * 31 + i * 7) % below;
    }
    return Promise.resolve(values);
  },
});

const count = Number(Deno.args[0]);
const split = { images: drawn(count, 16 * 16 * 3, 256), labels: drawn(count, 16 * 16, 2) };
const few = { images: drawn(64, 16 * 16 * 3, 256), labels: drawn(64, 16 * 16, 2) };
const data: Dataset = {
  name: "drawn",
  fingerprint: "drawn-1",
  shape: SHAPE,
  classes: 2,
  labels: { kind: "class-map" },
  train: split,
  test: few,
};
validateDataset(data);
await checkLabelSources(data);
const statistics = await channelStatistics(split, SHAPE);
await baselineOf(data, {
  ...plainClassification,
  outputs: () => [16, 16, 2],
  tally: (_: unknown, labels: BatchLabels) => [0, labels.length],
});
const random = createRandom(1);
const { weights } = splitHalves(strataOf(split, data), {
  classes: 2,
  random: random.stream("halves"),
});
let images = 0;
const batches = createBatches({
  split,
  shape: SHAPE,
  labels: data.labels,
  indices: weights,
  batchSize: 50,
  statistics,
  random: random.stream("batches"),
  augment: { pad: 4, flip: true },
});
for await (const { size } of batches) {
  images += size;
  if (images % 400 === 0) look();
}
// deno-lint-ignore no-console -- what the test reads
console.log(JSON.stringify({ images, peak }));
