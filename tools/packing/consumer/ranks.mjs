// deno-lint-ignore-file no-console -- a program
// A training on two threads, which must agree with that on one.
import {
  createPruner,
  phases,
  pipeline,
  resnet,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";
import { equal, ok } from "node:assert/strict";

/** Weights after a short training, one after the other. */
async function weightsOn(ranks) {
  const engine = await useEngine("wasm", { ranks });
  equal(engine.ranks, ranks);
  const pruner = createPruner({
    network: resnet({ depth: 20, classes: 4 }),
    data: synthetic({ classes: 4, shape: [32, 32, 3], train: 128, test: 4 }),
    budget: { cost: "macs", target: 0.5 },
    plugins: tas({ epochs: { pretrain: 1 } }),
    pipeline: pipeline().phase(phases.pretrain()),
  });
  const { teacher } = await pruner.run({ seed: 1 }).result;
  return Object.values(teacher.weights).flatMap(({ values }) => [...values]);
}

const [one, two] = [await weightsOn(1), await weightsOn(2)];
const most = one.reduce((most, value, i) => Math.max(most, Math.abs(value - two[i])), 0);
ok(most < 1e-2, `weights differ by ${most}`);
ok(most > 0, "both are the same to the last bit: the second thread had no share");
console.log(`weights differ by ${most}`);
