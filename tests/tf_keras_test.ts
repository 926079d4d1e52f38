/** Layers-models in Python, by the Keras 2 that TensorFlow.js follows. */
import { type Blueprint, EspalierError, type TrainedNetwork } from "@espalier/core";
import { importModel } from "@espalier/import";
import { saveModel, stockLayersOf } from "@espalier/supernet";
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";
import {
  assertClose,
  BLOCK_NETWORKS,
  ENDS,
  inputsFor,
  predict,
  SEQUENCE,
  someWeights,
} from "../supernet/export/testing.ts";
import { python, pythonTests } from "./python_testing.ts";

await tf.setBackend("cpu");
const testKeras = await pythonTests("import tf_keras", "tf-keras tensorflow-cpu");

const PROGRAM = `
import json, sys, numpy, tf_keras
def model_of(folder):
    file = json.load(open(folder + "/model.json"))
    model = tf_keras.models.model_from_json(json.dumps(file["modelTopology"]))
    [group] = file["weightsManifest"]
    data = b"".join(open(folder + "/" + path, "rb").read() for path in group["paths"])
    arrays, at = {}, 0
    for weight in group["weights"]:
        size = int(numpy.prod(weight["shape"]))
        array = numpy.frombuffer(data, "<f4", size, at).reshape(weight["shape"])
        arrays.setdefault(weight["name"].rsplit("/", 1)[0], []).append(array)
        at += 4 * size
    for layer in model.layers:
        layer.set_weights(arrays.pop(layer.name, []))
    assert not arrays, list(arrays)
    return model
def outputs(case):
    given = [numpy.array(each["values"], "float32").reshape(each["shape"]) for each in case["inputs"]]
    model = model_of(case["folder"])
    found = model(given if len(given) > 1 else given[0], training=False)
    found = found if isinstance(found, (list, tuple)) else [found]
    return [numpy.asarray(each).ravel().tolist() for each in found]
print(json.dumps([outputs(case) for case in json.load(open(sys.argv[1]))]))
`;

/** Whether stock layers can express it, and compute in Keras what they do in TensorFlow.js. */
function isAlike(blueprint: Blueprint): boolean {
  try {
    return stockLayersOf(blueprint).every(({ interpolation }) => interpolation !== "bilinear");
  } catch (error) {
    if (error instanceof EspalierError) return false;
    throw error;
  }
}

testKeras("a layers-model computes the same in tf-keras", () =>
  withFolder(async (directory) => {
    const networks = [ENDS, SEQUENCE, ...BLOCK_NETWORKS].filter(isAlike);
    assertEquals(networks.length, 2 + BLOCK_NETWORKS.length - 2);
    const blocks = networks.map(async (blueprint): Promise<TrainedNetwork> => ({
      blueprint,
      weights: await someWeights(blueprint),
    }));
    const models = new URL("./fixtures/models", import.meta.url).pathname;
    const imported = [...Deno.readDirSync(models)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => importModel(`${models}/${name}/model.json`));
    const made = await Promise.all([...blocks, ...imported]);
    const cases = await Promise.all(made.map(async ({ blueprint, weights }, i) => {
      const folder = `${directory}/${i}`;
      await saveModel({ blueprint, weights }, folder);
      const inputs = inputsFor(blueprint);
      const given = inputs.map((each) => ({ shape: each.shape, values: [...each.dataSync()] }));
      const expected = predict(blueprint, weights, inputs);
      tf.dispose(inputs);
      return { asked: { folder, inputs: given }, expected };
    }));
    const file = `${directory}/cases.json`;
    await Deno.writeTextFile(file, JSON.stringify(cases.map(({ asked }) => asked)));
    const output = await python(PROGRAM, [file]);
    const found: number[][][] = JSON.parse(output.trim().split("\n").at(-1)!);
    assertEquals(found.length, cases.length);
    for (const [i, outputs] of found.entries()) {
      assertEquals(outputs.length, cases[i]!.expected.length);
      outputs.forEach((values, k) =>
        assertClose(Float32Array.from(values), cases[i]!.expected[k]!, made[i]!.blueprint.name)
      );
    }
  }));
