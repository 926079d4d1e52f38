// deno-lint-ignore-file no-console -- a script that prints a table
/**
 * What a checkpoint of a training costs: `deno run -A core/pipeline/checkpoint_bench.ts [engine] [depth]
 * [batch] [steps]`. A ResNet on images like CIFAR's is saved after every second step, into a folder.
 *
 * "Copied" is the time from the question whether to save until weights and optimizer are read and
 * copied, "written" that until the file is on the disk, which the training waits for unless it takes more
 * than a hundredth of the time. Shares are of an epoch of 50,000 images, and of five minutes, the default
 * interval within epochs.
 *
 * @module
 */
import { type Checkpoint, createRandom, folderStore, type PhaseContext } from "@espalier/core";
import { synthetic } from "@espalier/datasets";
import { useEngine } from "@espalier/engines";
import { resnet } from "@espalier/networks";
import * as tf from "@tensorflow/tfjs";
import { PhaseCheckpoint } from "./checkpoint.ts";
import { trainNetwork } from "@espalier/training";

const [engine = "native", depth = "56", batch = "128", steps = "8"] = Deno.args;
const batchSize = Number(batch);
const { message } = await useEngine(engine as "native");

const data = synthetic({
  classes: 10,
  shape: [32, 32, 3],
  train: batchSize * Number(steps),
  test: 10,
});
const folder = await Deno.makeTempDir();
const shared = { phase: "train", signal: new AbortController().signal, emit: () => {} };
const store = folderStore(folder);
const times = { step: [] as number[], copied: [] as number[], written: [] as number[] };
let [before, after] = [NaN, performance.now()];
const inner = await PhaseCheckpoint.open({
  ...shared,
  key: "bench",
  store: {
    ...store,
    write(...given) {
      const written = store.write(...given);
      times.copied.push(performance.now() - before);
      return written;
    },
  },
  interval: { steps: 1 },
});

const tensors = new Set<number>();
let bytes = 0;
let asked = 0;
const checkpoint: Checkpoint = {
  done: 0,
  latest: () => Promise.resolve(undefined),
  due(place) {
    before = performance.now();
    tensors.add(tf.memory().numTensors);
    if (place === "epoch") return false;
    times.step.push(before - after);
    after = before;
    return ++asked % 2 === 0;
  },
  async save(state, options) {
    await inner.save(state, options);
    tensors.add(tf.memory().numTensors);
    await inner.settle();
    times.written.push(performance.now() - before);
    after = performance.now();
    for await (const { name } of Deno.readDir(folder)) {
      bytes = (await Deno.stat(`${folder}/${name}`)).size;
    }
  },
};

await trainNetwork(
  { ...shared, dataset: data, random: createRandom(1), checkpoint } as Partial<
    PhaseContext
  > as PhaseContext,
  {
    blueprint: resnet({ depth: Number(depth), classes: 10 }),
    training: {
      epochs: 1,
      batchSize,
      rate: { peak: 0.1, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 },
      optimizer: { momentum: 0.9, nesterov: true, decay: 5e-4 },
    },
    stream: "bench",
  },
);
await Deno.remove(folder, { recursive: true });

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const [step, copied, written] = [
  median(times.step.slice(1)),
  median(times.copied),
  median(times.written),
];
const epoch = step * Math.ceil(50_000 / batchSize);
const share = (ms: number, of: number) => `${(100 * ms / of).toFixed(3)} %`;
console.log(`${message}
ResNet-${depth}, batch ${batchSize}: ${step.toFixed(0)} ms a step, ${
  (epoch / 1000).toFixed(0)
} s an epoch
a checkpoint: ${(bytes / 1e6).toFixed(2)} MB, copied after ${copied.toFixed(1)} ms, written after ${
  written.toFixed(1)
} ms
share of an epoch: ${share(copied, epoch)} copied, ${share(written, epoch)} written
share of five minutes: ${share(copied, 300_000)} copied, ${share(written, 300_000)} written
tensors: ${[...tensors].join(", ")}`);
