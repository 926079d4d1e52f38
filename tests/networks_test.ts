// Networks of every family, searched, pruned and exported by whole runs.
import { costOf } from "@espalier/blueprint";
import {
  createPruner,
  importancePruning,
  l1Norm,
  swap,
  synthetic,
  tas,
  useEngine,
  widthSearch,
  without,
} from "@espalier/espalier";
import { macs } from "@espalier/plugin-flops";
import { kerasFile } from "@espalier/plugin-keras-file";
import { onnxFile } from "@espalier/plugin-onnx-file";
import { loadNetwork } from "@espalier/supernet";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-web";
import { withFolder } from "../core/testing.ts";
import { smallNetworks } from "../networks/testing.ts";
import { assertClose, forward, imagesFor } from "../supernet/export/testing.ts";

await useEngine("wasm", { ranks: 1 });

const search = tas({ recipe: "quick", depth: true, epochs: { pretrain: 1, search: 1, train: 1 } });
const METHODS = {
  "TAS": search,
  "importance pruning": swap(
    [...without(search, "width-search"), widthSearch({ residual: "tie" }), l1Norm()],
    importancePruning(),
  ),
};

/** On the engine without faster algorithms, which round differently. */
async function plainly<T>(work: () => T): Promise<T> {
  await useEngine("cpu");
  try {
    return work();
  } finally {
    await useEngine("wasm", { ranks: 1 });
  }
}

for (const network of smallNetworks(4)) {
  for (const [method, plugins] of Object.entries(METHODS)) {
    Deno.test(`${network.name} is pruned by ${method}, exported and read back`, () =>
      withFolder(async (path) => {
        const before = tf.memory().numTensors;
        const images = imagesFor(network);
        const [, ...shape] = images.shape as [number, number, number, number];
        await using pruner = createPruner({
          network,
          data: synthetic({ classes: 4, shape, train: 32, test: 16 }),
          budget: { cost: "macs", target: 0.6, tolerance: 0.1 },
          plugins: [...plugins, onnxFile(), kerasFile()],
        });
        const run = pruner.run({ seed: 1, directory: `${path}/run` });
        const { pruned, student, report, model } = await run.result;
        const { total } = costOf(pruned, { name: "macs", unit: "", cost: macs });
        assert(total >= report.budget.low && total <= report.budget.high, `${total}`);
        assertEquals(report.rows.at(-1)!.costs["macs"], total);

        const expected = await plainly(() => forward(pruned, student.weights, images));
        assertEquals(await loadNetwork(model.path!, pruned), student);
        const loaded = await model.load();
        const logits = tf.tidy(() => (loaded.predict(images) as tf.Tensor).dataSync<"float32">());
        loaded.dispose();
        assertClose(logits, expected, "layers");

        const session = await ort.InferenceSession.create(model.files.onnx!);
        const input = new ort.Tensor("float32", images.dataSync<"float32">(), images.shape);
        const { classifier } = await session.run({ input });
        await session.release();
        assertClose(classifier!.data as Float32Array, expected, "ONNX");
        assert((await Deno.stat(model.files.keras!)).size > 0);
        images.dispose();
        assertEquals(tf.memory().numTensors, before);
      }));
  }
}
