// deno-lint-ignore-file no-console -- a script that prints a table
/**
 * Inference of a ResNet-20 on CIFAR-sized images, milliseconds an image: by an engine, as compiled
 * network and as layers-model, and by ONNX Runtime, native and as WebAssembly, in turns. An engine a
 * process: `deno run -A --no-lock plugins/onnx-file/serve_bench.ts wasm` (or `native`); it downloads
 * onnxruntime-node, 113 MB. Read the ratios.
 *
 * @module
 */
import { createRandom } from "@espalier/core";
import { type EngineName, useEngine } from "@espalier/engines";
import { resnet } from "@espalier/networks";
import { compile, initialWeights, parameterSpecs, toLayersModel } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import * as web from "onnxruntime-web";
import { toOnnx } from "./mod.ts";

const [WARM_UPS, ROUNDS] = [5, 60];

// Not in the import map: a clone downloads all that is there.
const specifier = "npm:onnxruntime-node@1.30.0";
const node: typeof web = await import(specifier);

const { message } = await useEngine((Deno.args[0] ?? "wasm") as EngineName);
console.log(message);
const blueprint = resnet({ depth: 20, classes: 10 });
const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
const network = compile(blueprint, { random: createRandom(1) });
network.write(weights);
const model = toLayersModel(blueprint, weights);
const bytes = toOnnx({ blueprint, weights });
const intraOpNumThreads = navigator.hardwareConcurrency;
const native = await node.InferenceSession.create(bytes, { intraOpNumThreads });
const wasm = await web.InferenceSession.create(bytes);

const rows: object[] = [];
for (const batch of [1, 32]) {
  const images = tf.randomNormal<tf.Rank.R4>([batch, 32, 32, 3]);
  const { shape } = images;
  const values = images.dataSync() as Float32Array;
  const ways: Record<string, () => unknown> = {
    "compiled network": () =>
      tf.tidy(() => network.forward(images, { training: false }).logits.dataSync()),
    "layers-model": () => tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync()),
    "ONNX Runtime, wasm": () => wasm.run({ input: new web.Tensor("float32", values, shape) }),
    "ONNX Runtime, native": () => native.run({ input: new node.Tensor("float32", values, shape) }),
  };
  const times = Object.values(ways).map((): number[] => []);
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    for (const [i, run] of Object.values(ways).entries()) {
      const start = performance.now();
      await run();
      if (round >= WARM_UPS) times[i]!.push((performance.now() - start) / batch);
    }
  }
  const median = times.map((all) => all.sort((a, b) => a - b)[ROUNDS >> 1]!);
  Object.keys(ways).forEach((way, i) =>
    rows.push({
      batch,
      way,
      "ms an image": Number(median[i]!.toFixed(3)),
      "fastest tenth": Number(times[i]![ROUNDS / 10]!.toFixed(3)),
      "of native ONNX Runtime's speed": Number((median.at(-1)! / median[i]!).toFixed(2)),
    })
  );
}
console.table(rows);
