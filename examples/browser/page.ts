/** The page: chosen pictures, a run, both networks side by side. */
import {
  createPruner,
  indexedDbStore,
  ofType,
  resnet,
  tas,
  toLayersModel,
  useBrowserEngine,
  widthsPicture,
} from "@espalier/espalier/browser";
import * as tf from "@tensorflow/tfjs";
import { document, type Part } from "./dom.ts";
import { bytesOf, datasetOf, SIZE } from "./pictures.ts";

const byId = (id: string): Part => document.getElementById(id);
const say = (text: string): void => void (byId("state").textContent = text);

/** A table of texts. */
function fill(id: string, rows: readonly (readonly string[])[]): void {
  byId(id).replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

async function chosen() {
  const sides = ["a", "b"];
  return {
    names: sides.map((side) => byId(`name-${side}`).value),
    pictures: await Promise.all(
      sides.map((side) => Promise.all(Array.from(byId(`files-${side}`).files, bytesOf))),
    ),
  };
}

/** What each network says of a picture, class by class. */
async function compare(
  models: readonly tf.LayersModel[],
  { mean, deviation }: { readonly mean: readonly number[]; readonly deviation: readonly number[] },
): Promise<readonly (readonly number[])[]> {
  const pixels = await bytesOf(byId("try").files[0]!);
  return models.map((model) =>
    tf.tidy(() => {
      const x = tf.tensor4d(Float32Array.from(pixels), [1, SIZE, SIZE, 3]).div(255)
        .sub(tf.tensor1d([...mean])).div(tf.tensor1d([...deviation]));
      return Array.from((model.predict(x) as tf.Tensor).dataSync());
    })
  );
}

async function prune(): Promise<void> {
  const start = performance.now();
  const { names, pictures } = await chosen();
  const pruner = createPruner({
    network: resnet({ depth: 8, classes: 2, size: SIZE }),
    data: await datasetOf({ names, pictures }),
    budget: { cost: "macs", target: 0.5 },
    plugins: tas({ recipe: "quick", epochs: { pretrain: 8, search: 4, train: 8 } }),
  });
  const run = pruner.run({ seed: 1, store: indexedDbStore("espalier-example") });
  const cached: boolean[] = [];
  run.events$.pipe(ofType("phase:end")).subscribe((event) => cached.push(event.cached));
  run.events$.pipe(ofType("train:epoch", "search:epoch")).subscribe(({ phase, epoch, epochs }) =>
    say(`${phase}: epoch ${epoch + 1} of ${epochs}`)
  );
  const { report, teacher, student } = await run.result;
  const [before, after] = [report.rows[0]!, report.rows.at(-1)!];
  const row = (
    what: string,
    tell: (one: typeof before) => string,
  ) => [what, tell(before), tell(after)];
  fill("numbers", [
    ["", "before", "after"],
    row("accuracy", ({ metrics }) => percent(metrics.accuracy!.value)),
    row(
      "multiply-adds",
      ({ costs }) => `${costs.macs} (${percent(costs.macs! / before.costs.macs!)})`,
    ),
    row("parameters", ({ costs }) => `${costs.params}`),
  ]);
  byId("widths").innerHTML = await widthsPicture(teacher.blueprint, { pruned: student.blueprint });
  const models = [teacher, student].map(({ blueprint, weights }) =>
    toLayersModel(blueprint, weights)
  );
  const answer = async () => {
    const [first, second] = await compare(models, report.normalization);
    fill("answers", names.map((name, i) => [name, percent(first![i]!), percent(second![i]!)]));
  };
  byId("try").onchange = () => void answer();
  const there = cached.filter(Boolean).length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(`Done in ${seconds} s; ${there} of ${cached.length} phases were there.`);
}

byId("go").onclick = () =>
  prune().catch((error) => say(`It failed: ${error.message}`))
    .finally(() => byId("state").dataset.over = "");
const { message } = await useBrowserEngine("wasm", { wasmPath: "./wasm/" });
say(`Ready. ${message}`);
