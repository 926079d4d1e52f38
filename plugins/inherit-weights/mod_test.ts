import { conv, derive } from "@espalier/blueprint";
import {
  type Blueprint,
  createRandom,
  type Decision,
  openServices,
  TransferToken,
} from "@espalier/core";
import { inheritedWeights, initialWeights, parameterSpecs } from "@espalier/supernet";
import { pluginConformance, transferConformance } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { inheritWeights } from "./mod.ts";

const checks = [
  ...pluginConformance({ factory: inheritWeights, invalid: [{ fresh: true }] }),
  ...transferConformance({ plugins: () => [inheritWeights()] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

const BLUEPRINT: Blueprint = {
  name: "plain",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [2, 2, 1] },
    conv({ id: "stem", input: "images", channels: 4, kernel: 1 }),
    { id: "pool", op: "global-pool", inputs: ["stem"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

const DECISION: Decision = {
  id: "stem",
  space: "width-search",
  candidates: [2, 4],
  effect: { kind: "channels", nodes: ["stem"] },
};

function fresh(blueprint: Blueprint, seed: number) {
  return {
    blueprint,
    weights: initialWeights(parameterSpecs(blueprint), createRandom(seed)),
  };
}

Deno.test("inheritWeights() provides a transfer that starts the student from the teacher", async () => {
  await using services = openServices([inheritWeights()]);
  const [transfer] = services.getAll(TransferToken);
  assertEquals([transfer!.loss, transfer!.taskWeight], [undefined, undefined]);
  const teacher = fresh(BLUEPRINT, 1);
  const pruned = derive(BLUEPRINT, { decisions: [DECISION], choices: { stem: 2 } });
  const start = transfer!.initialize!(fresh(pruned, 2), teacher);
  assertEquals(start, inheritedWeights(pruned, teacher));
  const wider = {
    decisions: [{ ...DECISION, candidates: [2, 4, 5], unpruned: 4 }],
    choices: { stem: 5 },
  };
  const student = fresh(derive(BLUEPRINT, wider), 2);
  const grown = transfer!.initialize!(student, teacher);
  assertEquals(grown["stem/kernel"]!.values.at(-1), student.weights["stem/kernel"]!.values.at(-1));
  const { values } = teacher.weights["stem/kernel"]!;
  assertEquals(start["stem/kernel"]!.values, values.slice(0, 2));
});
