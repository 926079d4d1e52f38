/** Every op of blueprints computes and trains the same on the engine that is built in. */
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import { inputOf } from "@espalier/blueprint";
import { type Blueprint, createRandom } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import { lossGradients } from "@espalier/training";
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint } from "../blueprint/testing.ts";
import { SEQUENCE } from "../supernet/export/testing.ts";

/** Logits and gradients of one training pass. */
function pass(blueprint: Blueprint): ReadonlyMap<string, Float32Array> {
  const random = createRandom(5);
  using network = compile(blueprint, { random });
  const arrays = new Map<string, Float32Array>();
  tf.tidy(() => {
    // Fresh offsets are 0, where an activation bends: one engine may come out on either side.
    for (const [name, variable] of network.parameters) {
      if (!/beta|bias/.test(name)) continue;
      const values = random.stream(name);
      variable.assign(tf.tensor1d(Array.from({ length: variable.size }, () => values.normal())));
    }
    const [height, width, channels] = inputOf(blueprint).shape;
    const stream = random.stream("images");
    const size = 4 * height * width * channels;
    const images = tf.tensor4d(
      Float32Array.from({ length: size }, () => stream.normal()),
      [4, height, width, channels],
    );
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1], "int32"), 3).toFloat() as tf.Tensor2D;
    const { logits } = network.forward(images, { training: false });
    const { gradients } = lossGradients(
      () => softmaxCrossEntropy(network.forward(images, { training: true }).logits, labels),
      network.parameters,
    );
    for (const [name, x] of [["logits", logits] as const, ...gradients]) {
      arrays.set(name, x.dataSync<"float32">().slice());
    }
  });
  return arrays;
}

Deno.test("wasm computes and differentiates every op as plain JavaScript does", async () => {
  const drops = ({ nodes }: Blueprint) => nodes.some(({ op }) => op === "dropout");
  const drawn = fc.sample(arbitraryBlueprint.filter((each) => !drops(each)), {
    numRuns: 80,
    seed: 1,
  });
  const blueprints = [SEQUENCE, ...drawn];
  await tf.setBackend("cpu");
  const wanted = blueprints.map(pass);
  await useEngine("wasm", { ranks: 1 });
  blueprints.forEach((blueprint, i) => {
    const found = pass(blueprint);
    for (const [name, values] of wanted[i]!) {
      const largest = Math.max(
        1e-3,
        ...[...wanted[i]!.values()].flatMap((all) => [...all].map(Math.abs)),
      );
      values.forEach((value, j) => {
        const off = Math.abs(value - found.get(name)![j]!);
        assert(off <= 1e-4 * largest, `${JSON.stringify(blueprint)}: ${name} is off by ${off}`);
      });
    }
  });
});
