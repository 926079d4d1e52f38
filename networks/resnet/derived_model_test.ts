import { toLayersModel } from "@espalier/supernet";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import basicCut from "../../tests/fixtures/tas/derived-basic20-cut.json" with { type: "json" };
import bottleneckCut from "../../tests/fixtures/tas/derived-bottleneck20-cut.json" with {
  type: "json",
};
import released from "../../tests/fixtures/tas/derived-C010-ResNet20.json" with { type: "json" };
import unpruned from "../../tests/fixtures/tas/derived-unpruned-basic20.json" with { type: "json" };
import type { ResnetBlock } from "./options.ts";
import { blueprintOfShape } from "./shape.ts";
import { fixtureValues, fixtureWeights } from "./testing.ts";

await tf.setBackend("cpu");

for (
  const { shape, seed, network, widths, depths, expect } of [
    basicCut,
    bottleneckCut,
    released,
    unpruned,
  ]
) {
  const { block, depth, classes, images: count, size } = network;
  Deno.test(`toLayersModel() of a ${block} network (${shape}) gives the reference's logits`, () => {
    const tensors = tf.memory().numTensors;
    const blueprint = blueprintOfShape({
      network: { depth, classes, block: block as ResnetBlock },
      widths,
      depths,
    });
    const model = toLayersModel(blueprint, fixtureWeights(seed, blueprint));
    const logits = tf.tidy(() => {
      const values = fixtureValues(seed, "images", [count, size, size, 3]);
      return (model.predict(tf.tensor(values, [count, size, size, 3])) as tf.Tensor).dataSync();
    });
    model.dispose();
    const expected = expect.eval.logits.flat();
    const largest = Math.max(...expected.map(Math.abs));
    assertEquals(logits.length, expected.length);
    const off = Math.max(...expected.map((value, i) => Math.abs(value - logits[i]!)));
    assert(off <= 1e-5 * largest, `off by ${off / largest} of the largest`);
    assertEquals(tf.memory().numTensors, tensors);
  });
}
