import { createRandom, type HostTensor, type TrainedNetwork } from "@espalier/core";
import { toyNetwork } from "@espalier/testing";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { initialWeights, parameterSpecs } from "../parameters.ts";
import { loadModel, loadNetwork, saveModel } from "./saved_model.ts";
import { floatToHalf, type Quantization } from "./quantize.ts";

await tf.setBackend("cpu");

const halfOf = (value: number) => new Uint16Array(Float16Array.of(value).buffer)[0]!;

Deno.test("floatToHalf() rounds as the platform does, every half and every middle of two", () => {
  const halves = new Float16Array(Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits).buffer);
  for (const [i, half] of halves.entries()) {
    const next = halves[i + 1] ?? half;
    for (const value of [half, -half, (half + next) / 2, half + (next - half) * 0.6]) {
      assertEquals(floatToHalf(value), halfOf(value), String(value));
    }
  }
});

/** Random weights; a variance that 16 bits cannot hold. */
function network(): TrainedNetwork {
  const blueprint = toyNetwork();
  const random = createRandom(5).stream("weights");
  const weights = Object.fromEntries(
    Object.entries(initialWeights(parameterSpecs(blueprint), createRandom(1))).map((
      [name, { shape, values }],
    ) => [name, { shape, values: values.map(() => random.next() * 3 - 1) }]),
  );
  weights["stem/norm/variance"]!.values[0] = 1e5;
  return { blueprint, weights };
}

/** Half a step of 256 over the range of an array and 0. */
function halfStep(values: Float32Array): number {
  return (Math.max(0, ...values) - Math.min(0, ...values)) / 255 / 2;
}

const ERRORS: Readonly<Record<Quantization, (weight: HostTensor) => (value: number) => number>> = {
  float16: ({ values }) => values.includes(1e5) ? () => 0 : (value) => Math.abs(value) * 2 ** -11,
  uint8: ({ shape, values }) => () => shape.length < 2 ? 0 : halfStep(values) * (1 + 1e-5),
};

for (const quantize of ["float16", "uint8"] as const) {
  Deno.test(`saveModel() stores weights as ${quantize}, which plain TensorFlow.js reads`, async () => {
    const path = await Deno.makeTempDir();
    const { blueprint, weights } = network();
    const tensors = tf.memory().numTensors;
    await saveModel({ blueprint, weights }, path, { quantize });
    const { size } = await Deno.stat(`${path}/weights.bin`);
    const bytes = Object.values(weights).map(({ shape, values }) => {
      if (quantize === "uint8") return values.length * (shape.length < 2 ? 4 : 1);
      return values.length * (values.includes(1e5) ? 4 : 2);
    });
    assertEquals(size, bytes.reduce((a, b) => a + b));
    const back = await loadNetwork(path, blueprint);
    let off = 0;
    for (const [name, weight] of Object.entries(weights)) {
      const allowed = ERRORS[quantize](weight);
      weight.values.forEach((value, i) => {
        const error = Math.abs(value - back.weights[name]!.values[i]!);
        assert(error <= allowed(value), `${name} is off by ${error}`);
        off = Math.max(off, error);
      });
    }
    assert(off > 0);
    // What the manifest says is all that stock TensorFlow.js knows.
    const file = JSON.parse(await Deno.readTextFile(`${path}/model.json`));
    const stock = await tf.loadLayersModel(tf.io.fromMemory({
      modelTopology: file.modelTopology,
      weightSpecs: file.weightsManifest[0].weights,
      weightData: (await Deno.readFile(`${path}/weights.bin`)).buffer,
    }));
    const ours = await loadModel(path);
    stock.getWeights().forEach((weight, i) =>
      assertEquals(weight.dataSync(), ours.getWeights()[i]!.dataSync())
    );
    stock.dispose();
    ours.dispose();
    assertEquals(tf.memory().numTensors, tensors);
    await Deno.remove(path, { recursive: true });
  });
}

Deno.test("saveModel() with quantize keeps zeros as zeros and constants as they are", async () => {
  const path = await Deno.makeTempDir();
  const blueprint = toyNetwork();
  const { weights } = network();
  const kernel = weights["stem/kernel"]!.values;
  kernel.fill(0.7);
  kernel[3] = 0;
  weights["classifier/kernel"]!.values.fill(0);
  await saveModel({ blueprint, weights }, path, { quantize: "uint8" });
  const back = await loadNetwork(path, blueprint);
  const found = back.weights["stem/kernel"]!.values;
  assertEquals(found[3], 0);
  assert(Math.abs(found[0]! - 0.7) < 1e-6);
  assertEquals(back.weights["classifier/kernel"]!.values, weights["classifier/kernel"]!.values);
  await Deno.remove(path, { recursive: true });
});
