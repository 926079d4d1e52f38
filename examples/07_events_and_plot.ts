// Follow a run by its events, and draw it: the search, and what it left of each layer.
// deno-lint-ignore-file no-console -- an example
import {
  createPruner,
  ofType,
  readJournal,
  resnet,
  searchPicture,
  synthetic,
  tas,
  useEngine,
  widthsPicture,
} from "@espalier/espalier";

await useEngine();
const network = resnet({ depth: 8, classes: 4, size: 8 });
await using pruner = createPruner({
  network,
  data: synthetic({ noise: 1.5 }),
  budget: { cost: "macs", target: 0.55 },
  plugins: tas({ recipe: "quick", epochs: { search: 12 } }),
});
const directory = "runs/events-and-plot";
const run = pruner.run({ seed: 1, directory });
run.events$.pipe(ofType("search:epoch")).subscribe(({ epoch, cost = 0, values }) => {
  const share = Math.round(100 * cost / pruner.budget.unpruned);
  console.log(`${epoch + 1}: ${"#".repeat(share)} ${share} %, tau ${values.tau?.toFixed(2)}`);
});
const { pruned } = await run.result;

// The journal holds every event, also of a run that went on after an interruption.
const events = await readJournal(directory);
await Deno.writeTextFile(
  `${directory}/search.svg`,
  await searchPicture(events, { budget: pruner.budget }),
);
await Deno.writeTextFile(`${directory}/widths.svg`, await widthsPicture(network, { pruned }));
console.log(`${directory}/search.svg, ${directory}/widths.svg`);
