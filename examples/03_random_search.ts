// The baseline that a search has to beat: the best of a few random shapes at the same cost.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  memoryStore,
  randomSearch,
  resnet,
  showProgress,
  swap,
  synthetic,
  tas,
  useEngine,
} from "@espalier/espalier";

await useEngine();
const store = memoryStore();
const preset = tas({ recipe: "quick" });
const strategies = { "TAS": preset, random: swap(preset, randomSearch({ candidates: 5 })) };
const rows = [];

for (const [name, plugins] of Object.entries(strategies)) {
  await using pruner = createPruner({
    network: resnet({ depth: 8, classes: 4, size: 8 }),
    data: synthetic({ noise: 1.5 }),
    budget: { cost: "macs", target: 0.55 },
    plugins,
  });
  const run = pruner.run({ seed: 1, store });
  showProgress(run.events$, { budget: pruner.budget });
  const { metrics, costs: { macs } } = (await run.result).report.rows.at(-1)!;
  const { low, high } = pruner.budget;
  if (macs! < low || macs! > high) throw new Error(`${name} is outside of the zone`);
  rows.push({ name, accuracy: metrics.accuracy!.value, macs });
}
console.table(rows);
