/**
 * How well scores rank: Kendall's tau between the scores of 20 architectures, drawn uniformly at 40 %
 * of the multiply-adds, and what they reach when they inherit and are distilled for 3 epochs. ResNet-8 on
 * 5000 images of CIFAR-10, tied widths; the accuracy trained is that on all 10 000 test images.
 *
 *     deno run -A bench/ranking/main.ts [seed …]
 */
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import { derive } from "@espalier/blueprint";
import {
  type AnyPlugin,
  type Choices,
  definePlugin,
  noOptions,
  type SearchContext,
  type SearchStrategy,
  SearchStrategyToken,
} from "@espalier/core";
import {
  cifar10,
  createPruner,
  folderStore,
  phases,
  pipeline,
  resnet,
  sortChannels,
  subset,
  swap,
  tas,
  useEngine,
  without,
} from "@espalier/espalier";
import { compile, inheritedWeights } from "@espalier/supernet";
import { createBatches, evaluate, normalizationOf } from "@espalier/training";
import { kendallTau } from "./kendall_tau.ts";

const ARCHITECTURES = 20;
const DIRECTORY = "runs/ranking";

type Scorer = (context: SearchContext, choices: Choices) => Promise<number>;

/** A strategy that works with the context of a search, and finds what it is told. */
const strategy = (search: (context: SearchContext) => Promise<Choices>): AnyPlugin =>
  definePlugin({
    name: "ranking",
    // What it does is in no option: nothing of it is stored.
    version: crypto.randomUUID(),
    provides: [SearchStrategyToken],
    options: noOptions,
    setup: (context) =>
      context.provide(SearchStrategyToken, (): SearchStrategy => ({
        ...{ name: "ranking", needs: ["teacher"] },
        search: async (context) => ({ choices: await search(context) }),
      })),
  })();

console.log((await useEngine()).message);
const all = await cifar10();
const data = { ...subset(all, { trainPerClass: 500 }), augment: { pad: 0, flip: true } };
const network = resnet({ depth: 8, classes: data.classes });
const normalization = await normalizationOf(data);

/** Accuracy of the derived network with the norms' statistics of the whole one, on training images. */
const unrecalibrated: Scorer = async ({ decisions, teacher, random }, choices) => {
  const pruned = derive(network, { decisions, choices });
  using candidate = compile(pruned, { random, weights: inheritedWeights(pruned, teacher!) });
  const { shape, classes, train } = data;
  const batches = createBatches({ split: train, shape, batchSize: 250, statistics: normalization });
  const { metrics } = await evaluate(candidate, { batches, shape, classes });
  return metrics.accuracy!.value;
};
const scored: Scorer = async ({ score }, choices) => (await score(choices)).score;
const lossOf: Scorer = async ({ score }, choices) => -(await score(choices)).loss;

/** What ranks, and whether the teacher's channels are sorted. */
const SCORERS: Readonly<Record<string, readonly [scorer: Scorer, sorted: boolean]>> = {
  "first channels, the whole network's statistics": [unrecalibrated, false],
  "first channels, recalibrated": [scored, false],
  "best channels, the whole network's statistics": [unrecalibrated, true],
  "best channels, recalibrated": [scored, true],
  "best channels, recalibrated, by the loss": [lossOf, true],
};

const plugins = without(tas({ recipe: "quick", epochs: { train: 3 } }), "sort-channels");
const pretrained = pipeline().phase(phases.pretrain()).phase(phases.search());
const setting = (search: AnyPlugin, sorted: boolean) => ({
  ...{ network, data, budget: { cost: "macs", target: 0.4, tolerance: 0.03 } },
  plugins: [...swap(plugins, search), ...sorted ? [sortChannels()] : []],
});

async function ranked(seed: number): Promise<number[]> {
  const run = { seed, store: folderStore(`${DIRECTORY}/artifacts`) };
  const drawn: Choices[] = [];
  const scores = new Map<string, number[]>(Object.keys(SCORERS).map((name) => [name, []]));
  for (const sorted of [false, true]) {
    const probe = strategy(async (context) => {
      for (let index = 0; index < ARCHITECTURES; index++) {
        const choices = drawn[index] ??= context.uniform({ name: "ranking", index });
        for (const [name, [scorer, isSorted]] of Object.entries(SCORERS)) {
          if (isSorted === sorted) scores.get(name)!.push(await scorer(context, choices));
        }
      }
      return drawn[0]!;
    });
    await using pruner = createPruner({ ...setting(probe, sorted), pipeline: pretrained });
    await pruner.run(run).result;
  }
  const trained: number[] = [];
  for (const choices of drawn) {
    await using pruner = createPruner({
      ...setting(strategy(() => Promise.resolve(choices)), true),
      pipeline: pretrained.phase(phases.derive()).phase(phases.train()).phase(phases.evaluate()),
    });
    const { report } = await pruner.run(run).result;
    trained.push(report.rows.at(-1)!.metrics.accuracy!.value);
    console.log(`seed ${seed}: ${Object.values(choices).join(" ")}  ${trained.at(-1)}`);
  }
  return Object.keys(SCORERS).map((name) => kendallTau(scores.get(name)!, trained));
}

const seeds = Deno.args.length > 0 ? Deno.args.map(Number) : [1, 2, 3];
const taus: number[][] = [];
for (const seed of seeds) taus.push(await ranked(seed));
Object.keys(SCORERS).forEach((name, i) => {
  const own = taus.map((tau) => tau[i]!);
  const mean = own.reduce((a, b) => a + b, 0) / own.length;
  console.log(`${mean.toFixed(2)}  ${name}  (${own.map((tau) => tau.toFixed(2)).join(", ")})`);
});
