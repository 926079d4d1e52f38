// Transfers, penalties and importances of ours, all in one pruning.
import type { AnyPlugin } from "@espalier/core";
import {
  attentionTransfer,
  createPruner,
  featureDistillation,
  groupLasso,
  importancePruning,
  inheritWeights,
  kd,
  normScale,
  replaceAll,
  sparseScales,
  swap,
  tas,
  TransferToken,
  widthSearch,
  without,
} from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const PLUGINS = tas({ epochs: { pretrain: 2, search: 1, train: 2 } });
const TRANSFERS = [
  kd({ finalWeight: 0.5, finalTemperature: 1 }),
  inheritWeights(),
  attentionTransfer(),
  featureDistillation(),
];

Deno.test("a network is trained towards sparsity, pruned in rounds, and learns of features", async () => {
  const phases = ["pretrain", "search", "train"];
  const parts: readonly AnyPlugin[] = [
    ...replaceAll(without(PLUGINS, "width-search"), TransferToken, TRANSFERS),
    ...[widthSearch({ residual: "tie" }), normScale()],
    ...[sparseScales({ phases }), groupLasso({ phases })],
  ];
  const plugins = swap(parts, importancePruning({ rounds: 2, batchSize: 8 }));
  const before = tf.memory().numTensors;
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins,
  });
  const { report, student, tuned, effort } = await pruner.run({ seed: 1 }).result;
  const { macs } = report.rows.at(-1)!.costs;
  assert(pruner.budget.low <= macs! && macs! <= pruner.budget.high, `${macs} multiply-adds`);
  // The regressors of the taps are dropped.
  assertEquals(Object.keys(student.weights).filter((name) => !name.includes("/")), []);
  assertEquals(report.effort, effort);
  assertEquals([effort.strategy, effort.images], ["importance-pruning", 8]);
  assert(tuned !== null);
  assertEquals(tf.memory().numTensors, before);
});
