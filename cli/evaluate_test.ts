import { createPruner, flops, phases, pipeline, resnet, saveModel } from "@espalier/espalier";
import { synthetic, trainingRecipe, useEngine } from "@espalier/espalier";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { espalier } from "./testing.ts";

Deno.test("espalier evaluate measures an exported network as the run that trained it", () =>
  withFolder(async (folder) => {
    await useEngine("wasm");
    await using pruner = createPruner({
      network: resnet({ depth: 8, classes: 4, size: 8 }),
      data: synthetic(),
      budget: { cost: "macs", target: 1 },
      plugins: [
        flops(),
        trainingRecipe({ pretrain: { epochs: 2, batchSize: 32, rate: { warmupEpochs: 0 } } }),
      ],
      pipeline: pipeline().phase(phases.pretrain()).phase(phases.evaluate()),
    });
    const { teacher, report: { rows: [trained] } } = await pruner.run({ seed: 1 }).result;
    await saveModel(teacher, folder);
    const words = [
      folder,
      "--data",
      "synthetic",
      "--pixels",
      "normalised",
      "--task",
      "classification",
    ];
    const { code, out, err } = await espalier("evaluate", ...words, "--json");
    assertEquals([code, err], [0, ""]);
    const { metrics, loss, costs } = JSON.parse(out);
    assertEquals(metrics, trained!.metrics);
    const { macs, params } = trained!.costs;
    // The exported layers have an order of their own, on which the peak of memory depends.
    assertEquals(costs, { macs, params, peakMemory: costs.peakMemory });
    assertAlmostEquals(costs.peakMemory, trained!.costs.peakMemory!, 1024);
    assertAlmostEquals(loss, trained!.loss, 1e-5);
    assert(metrics.accuracy.value > 0.5, "it learned, so that the number says something");
  }));
