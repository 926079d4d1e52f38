/**
 * Which search is worth its time: strategies at one share of the multiply-adds, each followed by the
 * same inheritance and distillation. ResNet-8 on 5000 images of CIFAR-10, accuracy on 5000 test images.
 *
 *     deno run -A bench/strategies/main.ts --target 0.4 --epochs 4 --seeds 1,2,3
 */
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import type { AnyPlugin } from "@espalier/core";
import {
  cifar10,
  createPruner,
  differentiableSearch,
  folderStore,
  gumbelSoftmax,
  nearest,
  phases,
  pipeline,
  randomSearch,
  replaceAll,
  resnet,
  SearchSpaceToken,
  subset,
  swap,
  tas,
  uniform,
  useEngine,
  widthSearch,
  zeroPad,
} from "@espalier/espalier";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    target: { type: "string", default: "0.4" },
    epochs: { type: "string", default: "4" },
    seeds: { type: "string", default: "1,2,3" },
  },
});

console.log((await useEngine()).message);
const all = await cifar10();
const some = subset(all, { trainPerClass: 500, testPerClass: 500 });
const data = { ...some, augment: { pad: 0, flip: true } };
const network = resnet({ depth: 8, classes: data.classes });

const quick = tas({ recipe: "quick", epochs: { train: Number(values.epochs) } });
const fresh = differentiableSearch({
  ...{ epochs: 3, batchSize: 64 },
  ...{ weights: { rate: 0.05 }, architecture: { rate: 0.05 } },
});
const projecting = (plugins: readonly AnyPlugin[]) =>
  replaceAll(plugins, SearchSpaceToken, [widthSearch()]);
const mixing = (plugins: readonly AnyPlugin[]) =>
  swap(plugins, gumbelSoftmax({ count: "all", noise: false }));

const STRATEGIES: Readonly<Record<string, readonly AnyPlugin[]>> = {
  "uniform widths": swap(quick, uniform()),
  "uniform widths, projections": projecting(swap(quick, uniform())),
  "random search": swap(quick, randomSearch({ candidates: 16 })),
  "TAS, fresh": swap(quick, fresh),
  "TAS, fresh, all candidates": mixing(swap(quick, fresh)),
  "TAS from the teacher": quick,
  "TAS from the teacher, zero-pad": swap(quick, zeroPad()),
  "TAS from the teacher, nearest": swap(quick, nearest()),
  "TAS from the teacher, all candidates": mixing(quick),
  "TAS from the teacher, all candidates, zero-pad": mixing(swap(quick, zeroPad())),
  "TAS from the teacher, all candidates, nearest": mixing(swap(quick, nearest())),
  "TAS from the teacher, all candidates, zero-pad, projections": projecting(
    mixing(swap(quick, zeroPad())),
  ),
};

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const store = folderStore("runs/strategies/artifacts");
for (const seed of values.seeds.split(",").map(Number)) {
  for (const [name, plugins] of Object.entries(STRATEGIES)) {
    await using pruner = createPruner({
      ...{ network, data, plugins },
      budget: { cost: "macs", target: Number(values.target), tolerance: 0.03 },
      pipeline: pipeline()
        .phase(phases.pretrain())
        .phase(phases.search())
        .phase(phases.derive())
        .phase(phases.train())
        .phase(phases.evaluate()),
    });
    const { rows: [unpruned, pruned] } = (await pruner.run({ seed, store }).result).report;
    const share = pruned!.costs["macs"]! / unpruned!.costs["macs"]!;
    const [before, after] = [unpruned!, pruned!].map((row) => row.metrics["accuracy"]!.value);
    console.log(
      `seed ${seed}  ${percent(after!)} of ${percent(before!)} at ${percent(share)}  ${name}`,
    );
  }
}
