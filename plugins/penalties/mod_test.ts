import { openServices, PenaltyToken, valueAt } from "@espalier/core";
import { penaltyConformance, pluginConformance } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { groupLasso, sparseScales } from "./mod.ts";

await tf.setBackend("cpu");

for (const factory of [groupLasso, sparseScales]) {
  const checks = [
    ...pluginConformance({
      factory,
      valid: [{ weight: 0 }, { phases: ["search", "train"] }],
      invalid: [{ weight: -1 }, { phases: "train" }],
    }),
    ...penaltyConformance({ plugins: () => [factory()] }),
  ];
  for (const { name, fn } of checks) Deno.test(`${factory.pluginName}: ${name}`, fn);

  Deno.test(`${factory.pluginName}: acts in the phases that it is told`, async () => {
    await using services = openServices([factory({ weight: 2, phases: ["search", "train"] })]);
    const [penalty] = services.getAll(PenaltyToken);
    const at = (phase: string) => valueAt(penalty!.weight, { phase, epoch: 0, epochs: 1 });
    assertEquals(["pretrain", "search", "control", "train"].map(at), [0, 2, 0, 2]);
  });
}
