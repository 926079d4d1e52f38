// deno-lint-ignore-file no-console -- an example
// A small run in which the pruned network learns from features, and one by its outputs.
import {
  createPruner,
  reportTable,
  resnet,
  synthetic,
  tas,
  useEngine,
  without,
} from "@espalier/espalier";
import { information } from "./mod.ts";

const parts = tas({ recipe: "quick", epochs: { pretrain: 4, search: 4, train: 4 } });

await useEngine();
for (const plugins of [parts, [...without(parts, "kd"), information()]]) {
  const pruner = createPruner({
    network: resnet({ depth: 8, classes: 3, size: 8 }),
    data: synthetic({ classes: 3, shape: [8, 8, 3], train: 240, test: 60, noise: 1.5 }),
    budget: { cost: "macs", target: 0.55 },
    plugins,
  });
  const { report } = await pruner.run({ seed: 1 }).result;
  console.log(reportTable(report));
}
