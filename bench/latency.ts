/**
 * How well sums of measured units agree with whole networks, and what widths do to a batch of one:
 * `deno run --allow-all --no-check bench/latency.ts ENGINE [network|exported] [RANKS] [NETWORK]`.
 *
 * Each network's units, the network itself and pruned ones are passed in turn.
 *
 * @module
 */
import { costOf, derive } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import { type EngineName, useEngine } from "@espalier/engines";
import { mobilenetV2, resnet, vgg } from "@espalier/networks";
import { macs } from "@espalier/plugin-flops";
import { depthDecisions } from "@espalier/plugin-depth-search";
import { latencyModel } from "@espalier/plugin-latency";
import { widthDecisions } from "@espalier/plugin-width-search";
import { loadavg } from "node:os";
import { prepareTable } from "../plugins/latency/measure_latency.ts";
import { Stopwatch } from "../plugins/latency/stopwatch.ts";

const NETWORKS: Readonly<Record<string, Blueprint>> = {
  "ResNet-20": resnet({ depth: 20, classes: 10 }),
  "VGG-11": vgg({ depth: 11, classes: 10, family: "cifar" }),
  "MobileNetV2": mobilenetV2({ classes: 10, family: "cifar" }),
};

/** All widths at a share, as multiples of a number. */
function scaled(network: Blueprint, ratio: number, divisor: number): Blueprint {
  const decisions = widthDecisions(network, { ratios: [ratio, 1], residual: "tie", divisor });
  const choices = Object.fromEntries(decisions.map(({ id, candidates }) => [id, candidates[0]!]));
  return derive(network, { decisions, choices });
}

/** The first blocks of every stage, all widths as they are. */
function shallow(network: Blueprint, blocks: number): Blueprint {
  const decisions = depthDecisions(network, { rule: "odd" });
  const choices = Object.fromEntries(
    decisions.map(({ id, candidates }) => [id, Math.min(blocks, candidates.at(-1)!)]),
  );
  return derive(network, { decisions, choices });
}

const model = { name: "macs", unit: "multiply-adds", cost: macs };
const encoder = new TextEncoder();
const print = (text: string) => Deno.stdout.writeSync(encoder.encode(`${text}\n`));
const signal = new AbortController().signal;

async function report(name: string, network: Blueprint, runs: "network" | "exported") {
  const variants: Record<string, Blueprint> = { unpruned: network };
  for (const ratio of [0.75, 0.5]) {
    for (const divisor of [1, 8, 16]) {
      variants[`× ${ratio}, multiples of ${divisor}`] = scaled(network, ratio, divisor);
    }
  }
  variants["× 0.72, odd"] = scaled(network, 0.72, 1);
  if (network.stages.some(({ blocks }) => blocks.length === 3)) {
    for (const blocks of [2, 1]) variants[`${blocks} blocks a stage`] = shallow(network, blocks);
  }
  using watch = new Stopwatch(runs);
  const tableOf = prepareTable(network, watch);
  for (const variant of Object.values(variants)) watch.add(variant);
  await watch.measure(7, signal);
  const table = tableOf();
  const full = costOf(network, model).total;
  print(`${name}: base ${table.base.toFixed(4)} ms, scale ${table.scale.toFixed(3)}`);
  for (const [label, variant] of Object.entries(variants)) {
    const whole = watch.median(variant);
    const raw = costOf(variant, latencyModel({ ...table, scale: 1 })).total;
    const sum = costOf(variant, latencyModel(table)).total;
    const percent = (value: number) => `${(100 * (value / whole - 1)).toFixed(0)} %`.padStart(6);
    const share = (100 * costOf(variant, model).total / full).toFixed(0).padStart(4);
    print(
      `  ${label.padEnd(28)}${share} % MACs  whole ${whole.toFixed(3)} ms  ` +
        `unscaled sum ${raw.toFixed(3)} (${percent(raw)})  sum ${sum.toFixed(3)} (${percent(sum)})`,
    );
  }
}

const [engine = "wasm", runs = "network", ranks = "1", only] = Deno.args;
print((await useEngine(engine as EngineName, { ranks: Number(ranks) })).message);
for (const [name, network] of Object.entries(NETWORKS)) {
  if (only !== undefined && name !== only) continue;
  await report(name, network, runs as "network");
}
print(`load ${loadavg()[0]!.toFixed(2)}`);
