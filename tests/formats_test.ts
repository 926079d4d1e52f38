// The pruned network of a whole run, in every format: what others compute from the files.
import { createPruner, tas } from "@espalier/espalier";
import { kerasFile } from "@espalier/plugin-keras-file";
import { onnxFile } from "@espalier/plugin-onnx-file";
import { toyData, toyNetwork } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { unzipSync } from "fflate";
import * as ort from "onnxruntime-web";
import { withFolder } from "../core/testing.ts";
import { assertClose } from "../supernet/export/testing.ts";

Deno.test("a run leaves its pruned network for ONNX Runtime and Keras beside the layers-model", () =>
  withFolder(async (path) => {
    const epochs = { pretrain: 1, search: 1, train: 1 };
    await using pruner = createPruner({
      network: toyNetwork(),
      data: toyData(),
      budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
      plugins: [...tas({ epochs, depth: true }), onnxFile(), kerasFile()],
    });
    const { model } = await pruner.run({ directory: `${path}/a`, seed: 1 }).result;

    const images = tf.randomNormal([3, 6, 6, 1]);
    const input = new ort.Tensor("float32", images.dataSync() as Float32Array, images.shape);
    const session = await ort.InferenceSession.create(model.files.onnx!);
    const { classifier } = await session.run({ images: input });
    await session.release();
    const loaded = await model.load();
    const expected = tf.tidy(() => (loaded.predict(images) as tf.Tensor).dataSync());
    loaded.dispose();
    images.dispose();
    assertClose(classifier!.data as Float32Array, expected as Float32Array);

    const files = unzipSync(await Deno.readFile(model.files.keras!));
    const layers = JSON.parse(new TextDecoder().decode(files["config.json"])).config.layers;
    const { modelTopology } = JSON.parse(await Deno.readTextFile(`${model.path}/model.json`));
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
    assertEquals(names(layers), names(modelTopology.config.layers));
  }));
