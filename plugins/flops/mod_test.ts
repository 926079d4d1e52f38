import { CostModelToken, openServices, RegularizerToken } from "@espalier/core";
import {
  costModelConformance,
  pluginConformance,
  regularizerConformance,
  regularizerInput,
} from "@espalier/testing";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { budgetLoss, flops } from "./mod.ts";

const checks = [
  ...pluginConformance({ factory: flops, invalid: [{ flopsPerMac: 2 }] }),
  ...pluginConformance({
    factory: budgetLoss,
    valid: [{ weight: 0 }, { weight: 1.5 }],
    invalid: [{ weight: -1 }, { weight: "2" }],
  }),
  ...costModelConformance({ plugins: () => [flops()] }),
  ...regularizerConformance({ plugins: () => [budgetLoss()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

Deno.test("flops() provides multiply-adds and parameters", async () => {
  await using services = openServices([flops()]);
  const models = services.getAll(CostModelToken);
  assertEquals(models.map(({ name, unit }) => [name, unit]), [
    ["macs", "multiply-adds"],
    ["params", "parameters"],
  ]);
});

Deno.test("budgetLoss() provides the loss with the paper's factor", async () => {
  await using services = openServices([budgetLoss()]);
  const [regularizer] = services.getAll(RegularizerToken);
  assertEquals([regularizer!.name, regularizer!.weight], ["budget", 2]);
  const ends = { target: 10, low: 9, high: 11, unpruned: 20, smallest: 1 };
  const budget = { cost: "params", unit: "parameters", ...ends };
  const loss = regularizer!.loss(
    regularizerInput({ expected: tf.scalar(12e6), actual: 8, budget }),
  );
  assertAlmostEquals(loss.dataSync()[0]!, -Math.log(12), 1e-5);
});
