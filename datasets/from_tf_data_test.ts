import { EspalierError, type MemoryDataset } from "@espalier/core";
import { validateDataset } from "@espalier/training";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { fromTfData, type TfDataset } from "./from_tf_data.ts";

const shape = [2, 1, 1] as const;
const options = { name: "mine", shape, classes: 3 };

/** Ten images of two pixels, i and 10 + i, whose classes are 0, 1, 2, 0, … */
const images = Array.from({ length: 10 }, (_, i) => [[[i]], [[10 + i]]]);
const classes = images.map((_, i) => i % 3);
const zip = (xs: tf.data.Dataset<tf.TensorContainer>, ys: tf.data.Dataset<tf.TensorContainer>) =>
  tf.data.zip({ xs, ys }) as unknown as TfDataset & { batch(size: number): TfDataset };
const arrays = () => zip(tf.data.array(images), tf.data.array(classes));

/** Pixels and label of every image of both splits, sorted. */
const all = ({ train, test }: MemoryDataset) =>
  [train, test].flatMap(({ images, labels }) =>
    Array.from(labels, (label, i) => `${[images[2 * i], images[2 * i + 1]]} → ${label}`)
  ).sort();
const expected = classes.map((label, i) => `${[i, 10 + i]} → ${label}`).sort();

Deno.test("fromTfData() reads images and batches of them alike, and keeps no tensor", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const hot = classes.map((label) => [0, 1, 2].map((i) => i === label ? 1 : 0));
  const made = [
    arrays(),
    arrays().batch(4),
    zip(tf.data.array(images), tf.data.array(hot)).batch(3),
    zip(
      tf.data.array(images).map((x) => tf.tensor(x as number[][][])),
      tf.data.array(classes).map((y) => tf.scalar(y as number, "int32")),
    ),
  ];
  const prints = new Set<string>();
  for (const data of made) {
    const dataset = await fromTfData(data, options);
    validateDataset(dataset);
    assertEquals(all(dataset), expected);
    assert(dataset.train.images instanceof Float32Array);
    assertEquals([dataset.train.labels.length, dataset.test.labels.length], [7, 3]);
    prints.add(dataset.fingerprint);
  }
  assertEquals(prints.size, 1);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fromTfData() makes bytes of integers of 0..255 where both splits have them", async () => {
  const whole = (offset: number) =>
    zip(
      tf.data.array(images).map((x) =>
        tf.tensor(x as number[][][], [2, 1, 1], "int32").add(tf.scalar(offset, "int32"))
      ),
      tf.data.array(classes),
    );
  const { train, test } = await fromTfData(whole(0), { ...options, test: whole(0) });
  assert(train.images instanceof Uint8Array && test.images instanceof Uint8Array);
  assertEquals([...train.images], images.flat(3));
  const mixed = await fromTfData(whole(0), { ...options, test: whole(250) });
  assert(mixed.train.images instanceof Float32Array && mixed.test.images instanceof Float32Array);
});

Deno.test("fromTfData() without classes reads numbers", async () => {
  const ys = images.map((_, i) => [i / 2, 1 - i]);
  const data = await fromTfData(zip(tf.data.array(images), tf.data.array(ys)).batch(3), {
    ...{ name: "mine", shape, test: arrays2(ys) },
  });
  const { labels, classes } = data;
  assertEquals([labels, classes], [{ kind: "numbers", size: 2 }, 0]);
  assertEquals(data.train.labels, Float32Array.from(ys.flat()));
});

const arrays2 = (ys: number[][]) => zip(tf.data.array(images), tf.data.array(ys));

Deno.test("fromTfData() says which element does not fit, and what it has", async () => {
  const refusal = async (data: unknown, part: string, changes: object = {}) => {
    const error = await assertRejects(
      () => fromTfData(data as TfDataset, { ...options, ...changes }),
      EspalierError,
    );
    assertEquals(error.code, "ERR_DATA_INVALID");
    assertStringIncludes(error.message, part);
  };
  await refusal(arrays(), "`xs` has 2 numbers, an image of 3×1×1 3", { shape: [3, 1, 1] });
  await refusal(arrays(), "a label is 2, of 2 classes", { classes: 2 });
  await refusal(arrays2(images.map(() => [1, 1, 0])), "a label is [1,1,0], of 3 classes");
  await refusal(arrays2(images.map(() => [1, 0])), "1 images have 2 numbers as `ys`");
  await refusal(tf.data.array([{ x: 1, y: 2 }]), "keys x, y");
  await refusal(tf.data.array([{ xs: [NaN, 1], ys: 0 }]), "not finite");
  await refusal(tf.data.array(images).repeat(), "repeats without an end");
  await refusal([1, 2], "tf.data.Dataset");
});
