/**
 * Searches whose layers may grow beyond the unpruned network (ratios above 1), from the teacher to the
 * trained student.
 */
import { costOf } from "@espalier/blueprint";
import type { AnyPlugin } from "@espalier/core";
import {
  createPruner,
  EspalierError,
  importancePruning,
  inheritWeights,
  l1Norm,
  randomSearch,
  replaceAll,
  swap,
  tas,
  TransferToken,
  uniform,
  widthSearch,
  without,
} from "@espalier/espalier";
import { macs } from "@espalier/plugin-flops";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

const network = toyNetwork();
const model = { name: "macs", unit: "multiply-adds", cost: macs };
const ratios = [0.5, 1, 1.25];
const preset = tas({ recipe: "quick", depth: true, epochs: { pretrain: 1, search: 1, train: 1 } });
const others = without(preset, "width-search");
const growing = [...others, widthSearch({ ratios })];

// By hand: of five 3×3 convolutions at 36 positions the first reads 1 channel; a classifier of 2.
const costAt = (width: number) => 9 * 36 * (width + 4 * width * width) + 2 * width;

const STRATEGIES: Record<string, AnyPlugin[]> = {
  "TAS": growing,
  "random search": swap(growing, randomSearch({ candidates: 2 })),
  "uniform scaling": swap(growing, uniform()),
  "inherited weights": replaceAll(growing, TransferToken, [inheritWeights()]),
  "importance pruning": swap(
    [...others, widthSearch({ ratios, residual: "tie" }), l1Norm()],
    importancePruning(),
  ),
};

for (const [name, plugins] of Object.entries(STRATEGIES)) {
  Deno.test(`a network grows and is trained: ${name}`, async () => {
    const before = tf.memory().numTensors;
    const target = 1.3 * costAt(4);
    await using pruner = createPruner({
      network,
      data: toyData(),
      budget: { cost: "macs", target, tolerance: 0.15 },
      plugins,
    });
    assertEquals(pruner.budget.unpruned, costAt(4));
    const { architecture, pruned, student, report } = await pruner.run({ seed: 1 }).result;
    assert(Object.values(architecture.choices).includes(5));
    const { total } = costOf(pruned, model);
    assert(total >= pruner.budget.low && total <= pruner.budget.high);
    assertEquals(report.rows.at(-1)!.costs["macs"], total);
    assertEquals(student.blueprint, pruned);
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("a budget reaches up to the widest candidates, and no farther", () => {
  const open = (target: number) => {
    const budget = { cost: "macs", target };
    return createPruner({ network, data: toyData(), budget, plugins: growing });
  };
  assertEquals(open(costAt(5)).budget.target, costAt(5));
  const error = assertThrows(
    () => open(costAt(5) + 1),
    EspalierError,
    `${costAt(5)} multiply-adds`,
  );
  assertEquals(error.code, "ERR_BUDGET_UNREACHABLE");
});
