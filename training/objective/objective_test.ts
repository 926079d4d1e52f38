import { type Dataset, type Objective, ObjectiveToken, openServices } from "@espalier/core";
import { multiLabel, regression, segmentation } from "@espalier/plugin-objectives";
import { assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { sourceOf } from "../data/testing.ts";
import { baselineOf } from "./baseline.ts";
import { objectiveOf } from "./objective_of.ts";
import { plainClassification } from "./plain_classification.ts";
import { RunningMean } from "./running_mean.ts";

await tf.setBackend("cpu");

const images = (count: number) => new Uint8Array(2 * count);
const base = { name: "mine", fingerprint: "mine-1", shape: [1, 2, 1] } as const;

Deno.test("objectiveOf() is classification unless a plugin says else", async () => {
  await using none = openServices([]);
  assertStrictEquals(objectiveOf(none), plainClassification);
  await using one = openServices([regression()]);
  assertStrictEquals(objectiveOf(one), one.get(ObjectiveToken));
});

Deno.test("RunningMean weighs losses by images and adds up sums", () => {
  const mean = new RunningMean(plainClassification);
  mean.add({ loss: 1, sums: [1, 2], images: 2 });
  mean.add({ loss: 4, sums: [1, 1], images: 1 });
  const accuracy = { value: 2 / 3, better: "higher", share: true } as const;
  assertEquals(mean.value, { images: 3, loss: 2, metrics: { accuracy } });
});

async function reached(dataset: Dataset, objective: Objective): Promise<Record<string, number>> {
  const before = tf.memory().numTensors;
  const found = await baselineOf(dataset, objective);
  assertEquals(tf.memory().numTensors, before);
  return Object.fromEntries(Object.entries(found!).map(([name, { value }]) => [name, value]));
}

Deno.test("baselineOf() guesses the most frequent training class", async () => {
  const data = {
    ...base,
    classes: 3,
    train: { images: images(4), labels: Uint8Array.of(2, 2, 1, 0) },
    test: { images: images(5), labels: Uint8Array.of(2, 1, 1, 2, 2) },
  };
  assertEquals(await reached(data, plainClassification), { accuracy: 3 / 5 });
});

Deno.test("baselineOf() guesses the mean of numbers", async () => {
  await using services = openServices([regression()]);
  const data = {
    ...base,
    classes: 0,
    labels: { kind: "numbers", size: 2 } as const,
    train: { images: images(2), labels: Float32Array.of(1, 10, 3, 30) },
    test: { images: images(1), labels: Float32Array.of(5, 18) },
  };
  // |2 − 5| and |20 − 18|
  assertEquals(await reached(data, objectiveOf(services)), { "mean absolute error": 2.5 });
});

Deno.test("baselineOf() guesses each class by its share, and reads sources", async () => {
  await using services = openServices([multiLabel()]);
  const train = Uint8Array.of(1, 0, 1, 0, 0, 1);
  const data = {
    ...base,
    classes: 2,
    labels: { kind: "classes" } as const,
    train: { images: images(3), labels: sourceOf(train, 2) },
    test: { images: images(2), labels: Uint8Array.of(1, 1, 0, 0) },
  };
  // The first is said to be there, the second not: one found, one too many, one missed.
  const found = await reached(data, objectiveOf(services));
  assertEquals(found, { F1: 0.5, accuracy: 0.5 });
});

Deno.test("baselineOf() guesses the most frequent class for every pixel", async () => {
  await using services = openServices([segmentation()]);
  const data = {
    ...base,
    classes: 2,
    labels: { kind: "class-map" } as const,
    train: { images: images(2), labels: Uint8Array.of(1, 1, 1, 0) },
    test: { images: images(2), labels: Uint8Array.of(1, 0, 1, 1) },
  };
  const found = await reached(data, objectiveOf(services));
  assertAlmostEquals(found["mean IoU"]!, (0 + 3 / 4) / 2, 1e-12);
  assertEquals(found["pixel accuracy"], 3 / 4);
});
