/**
 * Which search is worth its time: strategies at equal cost, each followed by the same inheritance and
 * distillation, on real CIFAR-10.
 *
 *     deno run -A examples/evidence.ts --network vgg --targets 0.5,0.25 --seeds 1,2,3,4,5,6
 *     deno run -A examples/evidence.ts --targets 0.1 --ratios 0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1
 *     deno run -A examples/evidence.ts --network resnet8 --only "uniform;TAS, fresh" --plan
 *
 * The first method is the one that the others are compared with. What is done is kept in
 * `runs/evidence`, with tables and a page; the same command goes on, and more seeds, targets and methods
 * compute what is new.
 */
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import type { AnyPlugin } from "@espalier/core";
import {
  cifar10,
  createStudy,
  differentiableSearch,
  evolutionSearch,
  gumbelSoftmax,
  importancePruning,
  l1Norm,
  nearest,
  ofType,
  phases,
  pipeline,
  planText,
  randomSearch,
  replaceAll,
  SearchSpaceToken,
  stopOnSignal,
  studyMarkdown,
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

const { values: asked } = parseArgs({
  options: {
    network: { type: "string", default: "vgg" },
    targets: { type: "string", default: "0.5,0.25" },
    seeds: { type: "string", default: "1,2,3,4,5,6" },
    pretrain: { type: "string", default: "8" },
    search: { type: "string", default: "3" },
    train: { type: "string", default: "4" },
    images: { type: "string", default: "500" },
    ratios: { type: "string" },
    only: { type: "string" },
    workers: { type: "string" },
    plan: { type: "boolean", default: false },
  },
});
const numbers = (text: string) => text.split(",").map(Number);

const engine = await useEngine();
const all = await cifar10();
const some = subset(all, { trainPerClass: Number(asked.images), testPerClass: 500 });

const epochs = {
  pretrain: Number(asked.pretrain),
  search: Number(asked.search),
  train: Number(asked.train),
};
const steps = { epochs: epochs.search, batchSize: 64 };
const architecture = { rate: 0.05 };
const fresh = {
  ...{ ...steps, weights: { rate: 0.05 }, architecture },
  choose: "nearest-to-mean",
} as const;
const fromTeacher = {
  ...{ ...steps, weights: { rate: 0.02 }, architecture },
  start: "teacher",
} as const;

type Change = (plugins: readonly AnyPlugin[]) => readonly AnyPlugin[];

/** Mixes all candidates by their probabilities: gradients of less noise than two drawn ones give. */
const mixing: Change = (plugins) => swap(plugins, gumbelSoftmax({ count: "all", noise: false }));
const projecting: Change = (plugins) => replaceAll(plugins, SearchSpaceToken, [widthSearch()]);
const swapping = (plugin: AnyPlugin): Change => (plugins) => swap(plugins, plugin);

const METHODS: Readonly<Record<string, Change>> = {
  "uniform": swapping(uniform()),
  "random search": swapping(randomSearch({ candidates: 32 })),
  "evolution": swapping(evolutionSearch({ population: 8, generations: 4 })),
  "L1": (plugins) => [...swap(plugins, importancePruning()), l1Norm()],
  "Taylor": (plugins) => [...swap(plugins, importancePruning()), taylor()],
  "TAS, fresh": swapping(differentiableSearch(fresh)),
  "TAS, fresh, all candidates": (plugins) => mixing(swap(plugins, differentiableSearch(fresh))),
  "TAS from the teacher": (plugins) => plugins,
  "TAS from the teacher, all candidates": mixing,
  "TAS from the teacher, all candidates, zero-pad": (plugins) => mixing(swap(plugins, zeroPad())),
};

/** Only where `--only` names them. */
const VARIANTS: Readonly<Record<string, Change>> = {
  "uniform, projections": (plugins) => projecting(swap(plugins, uniform())),
  "TAS from the teacher, most probable": swapping(differentiableSearch(fromTeacher)),
  "TAS from the teacher, zero-pad": swapping(zeroPad()),
  "TAS from the teacher, nearest": swapping(nearest()),
  "TAS from the teacher, all candidates, nearest": (plugins) => mixing(swap(plugins, nearest())),
  "TAS from the teacher, all candidates, zero-pad, projections": (plugins) =>
    projecting(mixing(swap(plugins, zeroPad()))),
};
const names = asked.only?.split(";") ?? Object.keys(METHODS);
const known = { ...METHODS, ...VARIANTS };

const quick = tas({ recipe: "quick", epochs });
const base = asked.ratios === undefined ? quick : replaceAll(quick, SearchSpaceToken, [
  widthSearch({ residual: "tie", ratios: numbers(asked.ratios) }),
]);

const targets = numbers(asked.targets);
const budget = (target: number) => ({ cost: "macs", target, tolerance: 0.03 });

const study = createStudy({
  network: NETWORKS[asked.network]!(some.classes),
  data: { ...some, augment: { pad: 0, flip: true } },
  base,
  seeds: numbers(asked.seeds),
  axes: {
    target: Object.fromEntries(
      targets.map((target) => [`${100 * target} %`, { budget: budget(target) }]),
    ),
    method: Object.fromEntries(names.map((name) => [name, known[name]!])),
  },
  baseline: { method: names[0]! },
  pipeline: pipeline()
    .phase(phases.pretrain())
    .phase(phases.search())
    .phase(phases.derive())
    .phase(phases.train())
    .phase(phases.evaluate()),
});

const directory = "runs/evidence";
console.log(`${engine.message}\n\n${planText(await study.plan({ directory }))}`);
if (asked.plan) Deno.exit();

const workers = asked.workers === undefined ? undefined : Number(asked.workers);
await stopOnSignal(async (signal) => {
  const run = study.run({ directory, workers, signal });
  run.events$.pipe(ofType("study/run-end", "study/run-fail")).subscribe((event) => {
    const { cell, seed } = event;
    const end = event.type === "study/run-end"
      ? `${(event.elapsedMs / 1000).toFixed(1)} s`
      : event.error.message;
    console.log(`${asked.network} ${cell["target"]} seed ${seed}: ${cell["method"]}: ${end}`);
  });
  const { table } = await run.result;
  console.log(`\n${asked.network} (${engine.device})\n\n${studyMarkdown(table)}`);
});
