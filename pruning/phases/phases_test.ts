import { createRandom, pipeline } from "@espalier/core";
import { saveModel, tas } from "@espalier/espalier";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import { phaseConformance, toyData, toyNetwork } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { createPruner } from "../mod.ts";
import { evaluate, loadTeacher } from "./mod.ts";

await tf.setBackend("cpu");

const setup = {
  budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
  plugins: () => tas({ depth: true, epochs: { pretrain: 2, search: 1, train: 2 } }),
};

for (const phase of ["pretrain", "search", "derive", "control", "train", "evaluate"]) {
  // `evaluate` measures times.
  const measured = phase === "evaluate" ? ["report"] : [];
  for (const { name, fn } of phaseConformance({ ...setup, phase, measured })) Deno.test(name, fn);
}

const path = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
const blueprint = toyNetwork();
const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
await saveModel({ blueprint, weights }, path);
const loading = {
  ...setup,
  phase: "load-teacher",
  pipeline: () => pipeline().phase(loadTeacher(path)),
};
for (const { name, fn } of phaseConformance(loading)) Deno.test(name, fn);

Deno.test("evaluate() measures the teacher alone where there is no student", async () => {
  await using pruner = createPruner({
    network: blueprint,
    data: toyData(),
    budget: setup.budget,
    plugins: setup.plugins(),
    pipeline: pipeline().phase(loadTeacher(path)).phase(evaluate()),
  });
  const { report } = await pruner.run().result;
  assertEquals(report.rows.map(({ name }) => name), ["unpruned"]);
});
