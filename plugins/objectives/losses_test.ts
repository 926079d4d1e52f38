import { EspalierError } from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createClassification } from "./classification.ts";
import { meanIou, pixelAccuracy, segmentationObjective } from "./segmentation.ts";
import { multiLabelObjective } from "./multi_label.ts";
import { createRegression } from "./regression.ts";

await tf.setBackend("cpu");

const numberOf = (loss: tf.Scalar) => loss.dataSync()[0]!;

/** Logits of the probabilities 1/2, 1/4, 1/4. */
const HALF = [Math.log(2), 0, 0];

Deno.test("classification() smooths labels over all classes", () => {
  const { loss } = createClassification({ labelSmoothing: 0.3, classWeights: [] });
  // Targets 0.8, 0.1, 0.1: 0.8 · ln 2 + 0.2 · ln 4 = 1.2 · ln 2.
  const found = numberOf(loss(tf.tensor2d([HALF]), tf.tensor2d([[1, 0, 0]])));
  assertAlmostEquals(found, 1.2 * Math.LN2, 1e-6);
});

Deno.test("classification() weighs images by their classes", () => {
  const { loss, outputs } = createClassification({ labelSmoothing: 0, classWeights: [3, 1, 0] });
  const labels = tf.tensor2d([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  // (3 · ln 2 + 1 · ln 4 + 0) / 3
  assertAlmostEquals(
    numberOf(loss(tf.tensor2d([HALF, HALF, HALF]), labels)),
    5 / 3 * Math.LN2,
    1e-6,
  );
  assertEquals(outputs({ shape: [1, 1, 1], classes: 3 }), [3]);
  const error = assertThrows(
    () => outputs({ shape: [1, 1, 1], classes: 4 }),
    EspalierError,
    "has 3",
  );
  assertEquals(error.code, "ERR_PLUGIN_OPTIONS");
});

Deno.test("multiLabel() is the mean binary cross-entropy, with F1 and right answers", () => {
  const { loss, tally, metrics: [f1, accuracy], constant } = multiLabelObjective;
  // σ = 3/4, 1/2, 1/4; labels 1, 1, 0: (ln 4/3 + ln 2 + ln 4/3) / 3.
  const logits = tf.tensor2d([[Math.log(3), 0, -Math.log(3)]]);
  const labels = tf.tensor2d([[1, 1, 0]]);
  const expected = (2 * Math.log(4 / 3) + Math.LN2) / 3;
  assertAlmostEquals(numberOf(loss(logits, labels)), expected, 1e-6);
  // At 0 the gradient is (1/2 − y) / 3.
  const gradient = tf.grad((z) => loss(z, labels))(tf.zeros([1, 3])).dataSync();
  [-1 / 6, -1 / 6, 1 / 6].forEach((g, i) => assertAlmostEquals(gradient[i]!, g, 1e-6));
  // Answers 1 1 0 1 against 1 0 1 1: two found, one too many, one missed.
  const sums = tally(tf.tensor2d([[2, 1], [-1, 3]]), Int32Array.of(1, 0, 1, 1));
  assertAlmostEquals(f1!.value(sums), 2 * 2 / (2 * 2 + 2), 1e-12);
  assertEquals(accuracy!.value(sums), 0.5);
  assertEquals(f1!.value([0, 0, 4]), 1);
  const [quarter, none] = constant([0.25, 0]);
  assertAlmostEquals(quarter!, Math.log(1 / 3), 1e-12);
  assert(Number.isFinite(none) && none! < -10);
});

Deno.test("regression() has a squared, an absolute and a Huber loss", () => {
  // Errors 0.5 and -3.
  const [outputs, labels] = [tf.tensor2d([[1.5], [-1]]), tf.tensor2d([[1], [2]])];
  const of = (loss: "squared" | "absolute" | "huber", delta = 1) =>
    numberOf(createRegression({ loss, delta }).loss(outputs, labels));
  assertAlmostEquals(of("squared"), (0.25 + 9) / 2, 1e-6);
  assertAlmostEquals(of("absolute"), 1.75, 1e-6);
  assertAlmostEquals(of("huber"), (0.125 + 2.5) / 2, 1e-6);
  assertAlmostEquals(of("huber", 2), (0.125 + 2 * (3 - 1)) / 2, 1e-6);
  const { tally, metrics: [error] } = createRegression({ loss: "squared", delta: 1 });
  assertEquals(error!.value(tally(outputs, Float32Array.of(1, 2))), 1.75);
});

Deno.test("meanIou() is the mean over the classes that occur", () => {
  // By labelled row: class 0 has 3 of 4 right, class 1 has 2 of 3; class 2 is nowhere.
  const confusion = [3, 1, 0, 1, 2, 0, 0, 0, 0];
  assertAlmostEquals(meanIou(confusion), (3 / 5 + 2 / 4) / 2, 1e-12);
  assertAlmostEquals(pixelAccuracy(confusion), 5 / 7, 1e-12);
});

Deno.test("segmentation() takes the mean over all pixels, of a map or a vector", () => {
  const { loss, tally, constant } = segmentationObjective;
  // Two pixels, p = 1/2, 1/4, 1/4 each, of the classes 0 and 2.
  const map = tf.tensor4d([...HALF, ...HALF], [1, 1, 2, 3]);
  const labels = tf.tensor4d([1, 0, 0, 0, 0, 1], [1, 1, 2, 3]);
  for (const outputs of [map, map.reshape([1, 6])]) {
    assertAlmostEquals(numberOf(loss(outputs, labels)), 1.5 * Math.LN2, 1e-6);
    assertEquals(tally(outputs, Int32Array.of(0, 2)), [1, 0, 0, 0, 0, 0, 1, 0, 0]);
  }
  assertEquals(constant([0.5, 0.25, 0.25]).map(Math.exp), [0.5, 0.25, 0.25]);
});

Deno.test("losses and tallies leave one tensor or none", () => {
  const cases = [
    [createClassification({ labelSmoothing: 0.1, classWeights: [1, 2] }), [2]],
    [multiLabelObjective, [2]],
    [createRegression({ loss: "huber", delta: 1 }), [2]],
    [segmentationObjective, [1, 1, 2]],
  ] as const;
  for (const [{ loss, tally, labels: kind }, shape] of cases) {
    const outputs = tf.ones([1, ...shape]), labels = tf.ones([1, ...shape]);
    const before = tf.memory().numTensors;
    tf.tidy(() => loss(outputs, labels).dataSync());
    tally(outputs, kind === "numbers" ? Float32Array.of(1, 1) : Int32Array.of(1));
    assertEquals(tf.memory().numTensors, before);
  }
});
