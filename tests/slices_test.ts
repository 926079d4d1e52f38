/** Networks whose layers are decided in slices: every strategy, from the search to the exported model. */
import { conv, derive, inferShapes, keptChannels } from "@espalier/blueprint";
import { type AnyPlugin, type Blueprint, createRandom, SearchSpaceToken } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import {
  createPruner,
  flops,
  fromArrays,
  importancePruning,
  inheritWeights,
  l1Norm,
  networkTable,
  randomSearch,
  replaceAll,
  swap,
  tas,
  widthSearch,
} from "@espalier/espalier";
import { trainingRecipe } from "@espalier/plugin-training-recipe";
import { uniform } from "@espalier/plugin-uniform";
import { compile } from "@espalier/supernet";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";

await useEngine("wasm", { ranks: 1 });

const norm = { epsilon: 1e-3, momentum: 0.9 };
const unit = (id: string, input: string, channels: number) =>
  conv({ id, input, channels, kernel: 3, norm, activation: "relu" });

/** A dense block and two concatenations of unlike cuts, all added to each other. */
const NETWORK: Blueprint = {
  name: "sliced",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
    unit("stem", "images", 8),
    unit("a", "stem", 8),
    { id: "dense", op: "concat", inputs: ["stem", "a"] },
    unit("c", "dense", 16),
    { id: "residual", op: "add", inputs: ["c", "dense"] },
    unit("d", "residual", 4),
    unit("e", "residual", 12),
    { id: "de", op: "concat", inputs: ["d", "e"] },
    { id: "sum", op: "add", inputs: ["de", "residual"], activation: "relu" },
    unit("z", "sum", 8),
    { id: "pool", op: "global-pool", inputs: ["z"] },
    { id: "classes", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classes",
};

const once = { epochs: 1, batchSize: 4, rate: { peak: 0.01, warmupEpochs: 0 } };
const recipe = trainingRecipe({ pretrain: once, train: once });
const space = widthSearch({ ratios: [0.5, 0.75, 1], residual: "tie" });
const common = [space, flops(), inheritWeights(), recipe];

const STRATEGIES: Readonly<Record<string, readonly AnyPlugin[]>> = {
  "TAS": replaceAll(
    swap(tas({ recipe: "quick", epochs: { search: 1 } }), recipe),
    SearchSpaceToken,
    [space],
  ),
  "random search": [...common, randomSearch({ candidates: 2 })],
  "magnitudes": [...common, importancePruning(), l1Norm()],
  "one ratio": [...common, uniform()],
};

/** Those that keep the most important channels, not the first. */
const RANKED = ["magnitudes", "one ratio"];

const images = Float32Array.from(
  { length: 12 * 8 * 8 * 3 },
  ((random) => () => random.next())(createRandom(7).stream("images")),
);
const split = (from: number, count: number) => ({
  images: images.slice(from * 192, (from + count) * 192),
  labels: Array.from({ length: count }, (_, i) => i % 2),
});

Deno.test("networkTable() shows the slices of such a network", () => {
  const text = networkTable(NETWORK);
  assertStringIncludes(text, "- tied 1: stem[0:4], c[0:4], d.");
  assertStringIncludes(text, "- tied 2: stem[4:8], c[4:8], e[0:4].");
  assertStringIncludes(text, "- tied 3: a, c[8:16], e[4:12].");
});

for (const [name, plugins] of Object.entries(STRATEGIES)) {
  Deno.test(`${name} prunes layers in slices, and what is exported computes the same`, () =>
    withFolder(async (directory) => {
      using fresh = compile(NETWORK, { random: createRandom(3) });
      const weights = await fresh.read();
      const data = await fromArrays({
        ...{ name: "tiny", classes: 2, shape: [8, 8, 3], train: split(0, 8), test: split(8, 4) },
      });
      const tensors = tf.memory().numTensors;
      await using pruner = createPruner({
        network: { blueprint: NETWORK, weights },
        data,
        budget: { cost: "macs", target: 0.6, tolerance: 0.1 },
        plugins,
      });
      assertEquals(pruner.decisions.map(({ id }) => id), ["stem[0:4]", "stem[4:8]", "a", "z"]);
      const { model, student, surgery, report, architecture } = await pruner.run({
        directory: `${directory}/run`,
      }).result;
      const { choices, kept } = architecture;
      const derived = derive(NETWORK, {
        ...{ decisions: pruner.decisions, choices },
        ...(kept && { kept }),
      });
      assertEquals(student.blueprint, derived);
      const [unpruned, pruned] = report.rows;
      assert(pruned!.costs["macs"]! <= 0.67 * unpruned!.costs["macs"]!);
      assert(surgery!.difference < 1e-4);
      const all = keptChannels(derived, NETWORK);
      assertEquals(all.get("c"), all.get("dense"));
      assertEquals(all.get("c"), all.get("de"));
      assertEquals(
        inferShapes(derived).get("c")!.channels,
        choices["stem[0:4]"]! + choices["stem[4:8]"]! + choices["a"]!,
      );
      assertEquals(Object.keys(kept ?? {}).includes("c[4:8]"), RANKED.includes(name));
      const file = JSON.parse(await Deno.readTextFile(`${model.path!}/model.json`));
      const stock = await tf.loadLayersModel(tf.io.fromMemory({
        modelTopology: file.modelTopology,
        weightSpecs: file.weightsManifest[0].weights,
        weightData: (await Deno.readFile(`${model.path!}/weights.bin`)).buffer,
      }));
      using network = compile(derived, { random: createRandom(0) });
      network.write(student.weights);
      tf.tidy(() => {
        const x = tf.tensor4d(images, [12, 8, 8, 3]);
        const wanted = network.forward(x, { training: false }).logits;
        const off = tf.max(tf.abs(tf.sub(stock.predict(x) as tf.Tensor, wanted))).dataSync()[0]!;
        assert(off < 1e-4, `off by ${off}`);
      });
      stock.dispose();
      assertEquals(
        tf.memory().numTensors - [...network.parameters, ...network.statistics].length,
        tensors,
      );
    }));
}
