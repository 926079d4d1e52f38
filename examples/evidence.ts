/**
 * Which search is worth its time: strategies at equal cost, each followed by the same inheritance and
 * distillation, on real CIFAR-10.
 *
 *     deno run -A examples/evidence.ts --network vgg --targets 0.5,0.25 --seeds 1,2,3,4,5,6
 *     deno run -A examples/evidence.ts --network resnet8 --only "uniform;TAS, fresh"
 *
 * The first method is the one that the others are compared with.
 * What is done is kept in `runs/evidence`; the same command goes on.
 */
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import type { AnyPlugin } from "@espalier/core";
import {
  cifar10,
  createPruner,
  differentiableSearch,
  evolutionSearch,
  folderStore,
  gumbelSoftmax,
  importancePruning,
  l1Norm,
  nearest,
  ofType,
  phases,
  pipeline,
  randomSearch,
  replaceAll,
  SearchSpaceToken,
  subset,
  swap,
  tas,
  taylor,
  uniform,
  useEngine,
  widthSearch,
  zeroPad,
} from "@espalier/espalier";
import { parseArgs } from "node:util";
import { NETWORKS } from "./evidence/networks.ts";
import { deviation, mean, signFlipP, tInterval } from "./evidence/statistics.ts";

const { values: asked } = parseArgs({
  options: {
    network: { type: "string", default: "vgg" },
    targets: { type: "string", default: "0.5,0.25" },
    seeds: { type: "string", default: "1,2,3,4,5,6" },
    pretrain: { type: "string", default: "8" },
    search: { type: "string", default: "3" },
    train: { type: "string", default: "4" },
    images: { type: "string", default: "500" },
    only: { type: "string" },
  },
});
const numbers = (text: string) => text.split(",").map(Number);

const engine = await useEngine();
console.log(engine.message);
const all = await cifar10();
const some = subset(all, { trainPerClass: Number(asked.images), testPerClass: 500 });
const data = { ...some, augment: { pad: 0, flip: true } };
const network = NETWORKS[asked.network]!(data.classes);

const epochs = {
  pretrain: Number(asked.pretrain),
  search: Number(asked.search),
  train: Number(asked.train),
};
const quick = tas({ recipe: "quick", epochs });
const steps = { epochs: epochs.search, batchSize: 64 };
const fresh = { ...steps, weights: { rate: 0.05 }, architecture: { rate: 0.05 } };

/** Mixes all candidates by their probabilities: gradients of less noise than two drawn ones give. */
const mixing = (plugins: readonly AnyPlugin[]) =>
  swap(plugins, gumbelSoftmax({ count: "all", noise: false }));

const METHODS: Readonly<Record<string, readonly AnyPlugin[]>> = {
  "uniform": swap(quick, uniform()),
  "random search": swap(quick, randomSearch({ candidates: 32 })),
  "evolution": swap(quick, evolutionSearch({ population: 8, generations: 4 })),
  "L1": [...swap(quick, importancePruning()), l1Norm()],
  "Taylor": [...swap(quick, importancePruning()), taylor()],
  "TAS, fresh": swap(quick, differentiableSearch(fresh)),
  "TAS, fresh, all candidates": mixing(swap(quick, differentiableSearch(fresh))),
  "TAS from the teacher": quick,
  "TAS from the teacher, all candidates": mixing(quick),
  "TAS from the teacher, all candidates, zero-pad": mixing(swap(quick, zeroPad())),
};

const projecting = (plugins: readonly AnyPlugin[]) =>
  replaceAll(plugins, SearchSpaceToken, [widthSearch()]);

/** Only where `--only` names them. */
const VARIANTS: Readonly<Record<string, readonly AnyPlugin[]>> = {
  "uniform, projections": projecting(swap(quick, uniform())),
  "TAS from the teacher, zero-pad": swap(quick, zeroPad()),
  "TAS from the teacher, nearest": swap(quick, nearest()),
  "TAS from the teacher, all candidates, nearest": mixing(swap(quick, nearest())),
  "TAS from the teacher, all candidates, zero-pad, projections": projecting(
    mixing(swap(quick, zeroPad())),
  ),
};
const names = asked.only?.split(";") ?? Object.keys(METHODS);

/** What one run of a method gives. */
interface Outcome {
  readonly unpruned: number;
  readonly pruned: number;
  /** Of the unpruned cost. */
  readonly share: number;
  /** Of the search; undefined where it was done before. */
  readonly seconds: number | undefined;
}

const store = folderStore("runs/evidence/artifacts");

async function outcomeOf(name: string, target: number, seed: number): Promise<Outcome> {
  await using pruner = createPruner({
    ...{ network, data, plugins: { ...METHODS, ...VARIANTS }[name]! },
    budget: { cost: "macs", target, tolerance: 0.03 },
    pipeline: pipeline()
      .phase(phases.pretrain())
      .phase(phases.search())
      .phase(phases.derive())
      .phase(phases.train())
      .phase(phases.evaluate()),
  });
  const { events$, result } = pruner.run({ seed, store });
  let seconds: number | undefined;
  events$.pipe(ofType("phase:end")).subscribe(({ phase, cached, elapsedMs }) => {
    if (phase === "search" && !cached) seconds = elapsedMs / 1000;
  });
  const [unpruned, pruned] = (await result).report.rows;
  const accuracy = (row: typeof unpruned) => row!.metrics["accuracy"]!.value;
  return {
    ...{ unpruned: accuracy(unpruned), pruned: accuracy(pruned), seconds },
    share: pruned!.costs["macs"]! / unpruned!.costs["macs"]!,
  };
}

const percent = (share: number, digits = 2) => (100 * share).toFixed(digits);

/** A row of Markdown: mean and deviation, difference to the first with its interval and p, cost, time. */
function rowOf(name: string, own: readonly Outcome[], base: readonly Outcome[]): string {
  const accuracies = own.map(({ pruned }) => pruned);
  const differences = own.map(({ pruned }, i) => pruned - base[i]!.pruned);
  const [low, high] = tInterval(differences).map((value) => percent(value));
  const seconds = own.flatMap(({ seconds }) => seconds ?? []);
  const cells = [
    name,
    `${percent(mean(accuracies))} ± ${percent(deviation(accuracies))}`,
    own === base ? "" : `${percent(mean(differences))} (${low} to ${high})`,
    own === base ? "" : signFlipP(differences).toFixed(3),
    percent(mean(own.map(({ share }) => share)), 1),
    seconds.length === 0 ? "" : mean(seconds).toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}

const seeds = numbers(asked.seeds);
for (const target of numbers(asked.targets)) {
  const outcomes = new Map<string, Outcome[]>(names.map((name) => [name, []]));
  for (const seed of seeds) {
    for (const name of names) {
      const outcome = await outcomeOf(name, target, seed);
      outcomes.get(name)!.push(outcome);
      const { unpruned, pruned, share } = outcome;
      console.log(
        `${asked.network} ${percent(target, 0)} % seed ${seed}: ${percent(pruned)} of ` +
          `${percent(unpruned)} at ${percent(share)} %  ${name}`,
      );
    }
  }
  const base = outcomes.get(names[0]!)!;
  const unpruned = mean(base.map(({ unpruned }) => unpruned));
  console.log(
    `\n${network.name}, ${percent(target, 0)} % of the multiply-adds, ${seeds.length} seeds ` +
      `(${engine.device}); unpruned ${percent(unpruned)} %\n\n` +
      "| method | accuracy, % | against the first, points (95 %) | p | cost, % | search, s |\n" +
      "| - | - | - | - | - | - |\n" +
      [...outcomes].map(([name, own]) => rowOf(name, own, base)).join("\n") + "\n",
  );
}
