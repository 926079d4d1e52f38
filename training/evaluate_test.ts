import { createRandom, EspalierError } from "@espalier/core";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { TINY } from "../supernet/testing.ts";
import { evaluate, recalibrateNorms } from "./evaluate.ts";
import { checkLoss } from "./measures.ts";

await tf.setBackend("cpu");
const random = createRandom(3);
const shape = [6, 5, 3] as const;

function batches(sizes: readonly number[]) {
  return sizes.map((size, b) => {
    const stream = random.stream("evaluate/images", b);
    return {
      images: Float32Array.from({ length: size * 90 }, () => stream.normal() + 2),
      labels: Int32Array.from({ length: size }, () => stream.integer(3)),
      size,
    };
  });
}

Deno.test("softmaxCrossEntropy() agrees with TensorFlow.js in value and gradient, at large logits too", () => {
  const labels = tf.tensor2d([[0, 1, 0], [1, 0, 0]]);
  const logits = tf.tensor2d([[1, -2, 3], [80, -20, 5]]);
  const ours = tf.valueAndGrad((z) => softmaxCrossEntropy(z as tf.Tensor2D, labels))(logits);
  const theirs = tf.valueAndGrad((z) =>
    tf.losses.softmaxCrossEntropy(labels, z as tf.Tensor2D) as tf.Scalar
  )(logits);
  assertAlmostEquals(ours.value.dataSync()[0]!, theirs.value.dataSync()[0]!, 1e-5);
  const difference = tf.max(tf.abs(tf.sub(ours.grad, theirs.grad))).dataSync()[0]!;
  assert(difference < 1e-6, `${difference}`);
});

Deno.test("evaluate() weighs batches by their images and leaves no tensor", async () => {
  using network = compile(TINY, { random });
  const some = batches([5, 2]);
  const before = tf.memory().numTensors;
  const whole = await evaluate(network, { batches: some, shape, classes: 3 });
  const parts = await Promise.all(
    some.map((batch) => evaluate(network, { batches: [batch], shape, classes: 3 })),
  );
  assertEquals(whole.images, 7);
  assertAlmostEquals(whole.loss, (parts[0]!.loss * 5 + parts[1]!.loss * 2) / 7, 1e-6);
  const [all, five, two] = [whole, ...parts].map(({ metrics }) => metrics.accuracy!.value);
  assertAlmostEquals(all!, (five! * 5 + two! * 2) / 7, 1e-12);
  assertEquals(tf.memory().numTensors, before);
});

/** Mean and unbiased variance of each channel of the stem, in double precision. */
function stemMoments(images: Float32Array, kernel: tf.Tensor4D) {
  const size = images.length / (shape[0] * shape[1] * shape[2]);
  const values = tf.tidy(() =>
    tf.conv2d(tf.tensor4d(images, [size, ...shape]), kernel, 1, "same").dataSync()
  );
  const channels = kernel.shape[3], count = values.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    const own = Array.from({ length: count }, (_, i) => values[i * channels + c]!);
    const mean = own.reduce((a, b) => a + b, 0) / count;
    return { mean, variance: own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (count - 1) };
  });
}

Deno.test("recalibrateNorms() gives the moments of all images, whatever the batches", async () => {
  using network = compile(TINY, { random });
  const whole = batches([9]);
  const [{ images, labels }] = whole as [typeof whole[0]];
  const pixels = images.length / 9;
  const part = (first: number, size: number) => ({
    images: images.slice(first * pixels, (first + size) * pixels),
    labels: labels.slice(first, first + size),
    size,
  });
  const groups = [whole, [part(0, 4), part(4, 5)], [part(0, 1), part(1, 7), part(8, 1)]];
  const expected = stemMoments(images, network.parameters.get("stem/kernel") as tf.Tensor4D);
  const found: number[][] = [];
  for (const group of groups) {
    await recalibrateNorms(network, { batches: group, shape, classes: 3 });
    const read = (name: string) => [...network.statistics.get(name)!.dataSync()];
    expected.forEach(({ mean, variance }, c) => {
      assertAlmostEquals(read("stem/norm/mean")[c]!, mean, 1e-5);
      assertAlmostEquals(read("stem/norm/variance")[c]!, variance, 1e-5 * variance);
    });
    found.push([...network.statistics.keys()].flatMap(read));
  }
  assertEquals(found[1], found[0]);
  assertEquals(found[2], found[0]);
});

Deno.test("recalibrateNorms() forgets what the statistics were", async () => {
  using network = compile(TINY, { random });
  const all = batches([4, 4]);
  await recalibrateNorms(network, { batches: all, shape, classes: 3 });
  const kernel = network.parameters.get("stem/kernel") as tf.Tensor4D;
  const means = all.map(({ images }) =>
    tf.mean(tf.conv2d(tf.tensor4d(images, [4, ...shape]), kernel, 1, "same"), [0, 1, 2]).dataSync()
  );
  const mean = network.statistics.get("stem/norm/mean")!.dataSync();
  mean.forEach((value, c) => assertAlmostEquals(value, (means[0]![c]! + means[1]![c]!) / 2, 1e-5));
});

Deno.test("checkLoss() refuses NaN and says where", () => {
  checkLoss(1, { phase: "train", epoch: 0, step: 0 });
  const error = assertThrows(
    () => checkLoss(NaN, { phase: "train", epoch: 3, step: 14 }),
    EspalierError,
    "NaN in epoch 3, step 14",
  );
  assertEquals(error.code, "ERR_LOSS_NOT_FINITE");
});
