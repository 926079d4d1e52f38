/** A report, a zone and a network of two stages, for the tests of this folder. */
import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, BudgetZone, Metrics, Stage } from "@espalier/core";
import type { InferenceTime, Report } from "@espalier/pruning";

export const BUDGET: BudgetZone = {
  cost: "macs",
  unit: "multiply-adds",
  target: 22e6,
  low: 20.9e6,
  high: 23.1e6,
  unpruned: 40_813_184,
  smallest: 4e6,
};

const accuracy = (value: number): Metrics => ({
  accuracy: { value, better: "higher", share: true },
});

/** Times around some medians, alone and in batches of 32. */
export function timesOf(alone: number, batch: number): readonly InferenceTime[] {
  return (["network", "exported"] as const).flatMap((runs, i) =>
    [[1, alone], [32, batch]].map(([batch, ms]) => {
      const median = ms! * (i + 1);
      return { runs, batch: batch!, lower: 0.9 * median, median, upper: 1.5 * median };
    })
  );
}

const pruned = {
  loss: 1,
  costs: { macs: 22_444_352, params: 138_042, peakMemory: 98_304 },
  times: timesOf(2.5, 0.3121),
};

export const REPORT: Report = {
  network: "resnet20",
  dataset: "cifar10",
  engine: "wasm",
  budget: BUDGET,
  testImages: 2000,
  metric: "accuracy",
  baseline: accuracy(0.1),
  normalization: { mean: [0.5, 0.4921, 0.25], deviation: [0.25, 0.2, 0.1] },
  rows: [
    {
      name: "unpruned",
      metrics: accuracy(0.91),
      loss: 1,
      costs: { macs: 40_813_184, params: 272_474, peakMemory: 196_608 },
      times: timesOf(120.4, 10.41),
    },
    { name: "pruned", metrics: accuracy(0.8), ...pruned },
    { name: "transferred", metrics: accuracy(0.905), ...pruned },
  ],
};

function block(id: string, input: string, channels: number): BlueprintNode[] {
  const last = conv({ id: `${id}/conv_b`, input: `${id}/conv_a`, channels, kernel: 3 });
  const side = conv({ id: `${id}/shortcut`, input, channels, kernel: 1 });
  return [
    conv({ id: `${id}/conv_a`, input, channels, kernel: 3, norm: DEFAULT_NORM }),
    last,
    side,
    { id: `${id}/add`, op: "add", inputs: [last.id, side.id], projection: { norm: false } },
  ];
}

const BLOCKS = [
  block("stage0/block0", "stem", 8),
  block("stage0/block1", "stage0/block0/add", 8),
  block("stage1/block0", "stage0/block1/add", 20),
];

function stage(id: string, blocks: readonly (readonly BlueprintNode[])[]): Stage {
  return {
    id,
    blocks: blocks.map((nodes, i) => ({
      id: `${id}/block${i}`,
      nodes: nodes.map((node) => node.id),
      output: nodes.at(-1)!.id,
    })),
  };
}

export const NETWORK: Blueprint = {
  name: "two-stages",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
    conv({ id: "stem", input: "images", channels: 8, kernel: 3 }),
    ...BLOCKS.flat(),
    { id: "pool", op: "global-pool", inputs: ["stage1/block0/add"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 4, bias: true },
  ],
  stages: [stage("stage0", BLOCKS.slice(0, 2)), stage("stage1", BLOCKS.slice(2))],
  output: "classifier",
};
