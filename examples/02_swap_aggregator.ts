// The same search with another aggregator: zero-padding in place of channel-wise interpolation.
// The trained teacher is shared: the second run finds it in the store.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  memoryStore,
  resnet,
  showProgress,
  swap,
  synthetic,
  tas,
  useEngine,
  zeroPad,
} from "@espalier/espalier";

await useEngine();
const store = memoryStore();
const presets = tas({ recipe: "quick" });
const lists = { "cwi": presets, "zero-pad": swap(presets, zeroPad()) };

for (const [name, plugins] of Object.entries(lists)) {
  await using pruner = createPruner({
    network: resnet({ depth: 8, classes: 4, size: 8 }),
    data: synthetic({ noise: 1.5 }),
    budget: { cost: "macs", target: 0.55 },
    plugins,
  });
  const run = pruner.run({ seed: 1, store });
  showProgress(run.events$, { budget: pruner.budget });
  const { architecture, report } = await run.result;
  const { accuracy } = report.rows.at(-1)!.metrics;
  console.log(`${name}: ${(100 * accuracy!.value).toFixed(1)} %`, architecture.choices);
}
