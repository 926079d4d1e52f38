// deno-lint-ignore-file no-console -- an example
// A small run with the search by annealing, which says where it goes.
import {
  createPruner,
  ofType,
  reportTable,
  resnet,
  swap,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";
import { annealing } from "./mod.ts";

await useEngine();
const pruner = createPruner({
  network: resnet({ depth: 8, classes: 3, size: 8 }),
  data: synthetic({ classes: 3, shape: [8, 8, 3], train: 240, test: 60, noise: 1.5 }),
  budget: { cost: "macs", target: 0.55 },
  plugins: swap(
    tas({ recipe: "quick", epochs: { pretrain: 4, train: 4 } }),
    annealing({ steps: 12 }),
  ),
});
const run = pruner.run({ seed: 1 });
run.events$.pipe(ofType("acme-annealing/step")).subscribe((
  { step, temperature, score, accepted },
) =>
  console.log(
    `${step}: ${score.toFixed(3)} at ${temperature.toFixed(4)}${accepted ? ", taken" : ""}`,
  )
);
console.log(reportTable((await run.result).report));
