import { assert, assertEquals } from "@std/assert";
import { useEngine } from "@espalier/engines";
import { gradientError } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { bilinear, interpolationMatrix } from "./interpolate.ts";

Deno.test("interpolationMatrix() puts two places beside each number, or one on it and one behind", () => {
  assertEquals([...interpolationMatrix(2, 2, "centre")], [1, 0.75, 0.25, 0, 0, 0.25, 0.75, 1]);
  assertEquals([...interpolationMatrix(2, 2, "corner")], [1, 0.5, 0, 0, 0, 0.5, 1, 1]);
  assertEquals([...interpolationMatrix(1, 3, "centre")], [1, 1, 1]);
});

const few = fc.integer({ min: 1, max: 4 });

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`bilinear() agrees with TensorFlow.js's kernel, which has no gradient everywhere, by ${engine}`, async () => {
    await useEngine(engine, { ranks: 1 });
    const tensors = tf.memory().numTensors;
    fc.assert(
      fc.property(
        fc.tuple(few, few),
        fc.tuple(few, few),
        fc.boolean(),
        ([h, w], size, centre) =>
          tf.tidy(() => {
            const x = tf.randomNormal<tf.Rank.R4>([2, h, w, 3], 0, 1, "float32", 3);
            const found = bilinear(x, { size, places: centre ? "centre" : "corner" });
            const wanted = tf.image.resizeBilinear(x, [h * size[0], w * size[1]], false, centre);
            assertEquals(found.shape, wanted.shape);
            const [a, b] = [found.dataSync(), wanted.dataSync()];
            a.forEach((value, i) => assert(Math.abs(value - b[i]!) < 1e-5));
          }),
      ),
      { numRuns: 60 },
    );
    assertEquals(tf.memory().numTensors, tensors);
  });

  Deno.test(`bilinear() has the gradient of finite differences, by ${engine}`, async () => {
    await useEngine(engine, { ranks: 1 });
    const x = tf.randomNormal<tf.Rank.R4>([1, 2, 3, 2], 0, 1, "float32", 3);
    for (const places of ["centre", "corner"] as const) {
      const f = ([x]: tf.Tensor[]) => bilinear(x as tf.Tensor4D, { size: [2, 3], places });
      assert(gradientError(f, { inputs: [x] }) < 1e-3);
    }
    x.dispose();
  });
}
