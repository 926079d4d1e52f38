// deno-lint-ignore-file no-console -- a program that talks to its terminal
/**
 * The demo: trains a ResNet on real CIFAR-10, searches widths for 40 % of its cost, distils the
 * result.
 *
 *     deno task demo --help
 */
import {
  type Blueprint,
  type Budget,
  type BudgetZone,
  cifar10,
  createPruner,
  EspalierError,
  htmlReport,
  type MemoryDataset,
  readJournal,
  type RecipeName,
  reportTable,
  resnet,
  saveModel,
  searchPicture,
  showProgress,
  stopOnSignal,
  subset,
  tas,
  useEngine,
  widthsPicture,
} from "@espalier/espalier";
import { type DemoOptions, HELP, parseDemo } from "./demo_options.ts";

/** What the pruned network may cost: the paper's share, less for the quick recipe. */
function budgetFor(recipe: RecipeName): Budget & { readonly target: number } {
  if (recipe === "quick") return { cost: "macs", target: 0.4, zone: "below" };
  return { cost: "macs", target: 0.55, zone: recipe === "official" ? "below" : "around" };
}

const LABELS = { pruned: "pruned, no teacher", transferred: "pruned and distilled" };

/** Images of each class that the short demo takes. */
const FEW = { trainPerClass: 500, testPerClass: 200 };

async function load(full: boolean): Promise<MemoryDataset> {
  const data = await cifar10();
  // A few epochs see too little to profit from crops as well.
  return full ? data : { ...subset(data, FEW), augment: { pad: 0, flip: true } };
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return bytes;
}

/** Pictures by name; of a search that was taken from the store there is none. */
async function draw(
  { network, pruned, budget, share, out }: {
    readonly network: Blueprint;
    readonly pruned: Blueprint;
    readonly budget: BudgetZone;
    readonly share: string;
    readonly out: string;
  },
): Promise<Record<string, string>> {
  const title = `${network.name} for ${share}`;
  const widths = await widthsPicture(network, { pruned, title });
  const events = await readJournal(out);
  const searched = events.some(({ type }) => type === "search:epoch");
  return searched ? { widths, search: await searchPicture(events, { budget }) } : { widths };
}

async function main({ depth, recipe, full, engine: asked, seed, out }: DemoOptions): Promise<void> {
  const engine = await useEngine(asked);
  console.log(engine.message);
  const data = await load(full);
  const network = resnet({ depth, classes: data.classes });
  const budget = budgetFor(recipe);
  const share = `${Math.round(100 * budget.target)} % of its multiply-adds`;
  await using pruner = createPruner({
    network,
    data,
    budget,
    plugins: tas({ recipe }),
  });
  console.log(
    `Pruning ${network.name} to ${share} on ${data.train.labels.length} training ` +
      `images of CIFAR-10. Ctrl-C stops it; the same command goes on.\n`,
  );
  const { report, pruned, teacher, model } = await stopOnSignal((signal) => {
    const run = pruner.run({ seed, directory: out, signal });
    showProgress(run.events$, { budget: pruner.budget });
    // What failed stands in the last line of the progress.
    return run.result.catch((error) => signal.aborted ? Promise.reject(error) : Deno.exit(1));
  });

  await saveModel(teacher, `${out}/unpruned`);
  const files = {
    unpruned: await sizeOf(`${out}/unpruned`),
    transferred: await sizeOf(`${out}/model`),
  };
  const pictures = await draw({ network, pruned, budget: pruner.budget, share, out });
  const about = { files, engine: engine.device, labels: LABELS };
  const page = htmlReport(report, { ...about, pictures: Object.values(pictures) });
  await Deno.writeTextFile(`${out}/report.html`, page);
  for (const [name, svg] of Object.entries(pictures)) {
    await Deno.writeTextFile(`${out}/${name}.svg`, svg);
  }
  console.log(`
${reportTable(report, about)}
Page      ${out}/report.html
Pictures  ${Object.keys(pictures).map((name) => `${out}/${name}.svg`).join(", ")}
Model     ${model.path}/ (TensorFlow.js layers; the unpruned one: ${out}/unpruned/)`);
}

if (import.meta.main) {
  try {
    const options = parseDemo(Deno.args);
    if (options === "help") console.log(HELP);
    else await main(options);
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
