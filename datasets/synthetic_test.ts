import { createRandom, EspalierError, type MemoryDataset } from "@espalier/core";
import { channelStatistics, createBatches, validateDataset } from "@espalier/training";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { synthetic, type SyntheticOptions } from "./synthetic.ts";

/** Train a network of 2 convs for 16 steps and give its accuracy on the test split. */
function learn({ train, test, shape, classes }: MemoryDataset): number {
  const kernelInitializer = () => tf.initializers.glorotUniform({ seed: 1 });
  const conv = { filters: 8, kernelSize: 3, activation: "relu" as const };
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...conv,
        inputShape: [...shape],
        kernelInitializer: kernelInitializer(),
      }),
      tf.layers.conv2d({ ...conv, strides: 2, kernelInitializer: kernelInitializer() }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: classes, kernelInitializer: kernelInitializer() }),
    ],
  });
  const optimizer = tf.train.adam(0.03);
  const statistics = channelStatistics(train, shape);
  const options = { shape, statistics, batchSize: 32 };
  const random = createRandom(1).stream("batches");
  for (const { images, labels, size } of createBatches({ ...options, split: train, random })) {
    optimizer.minimize(() => {
      const logits = model.apply(tf.tensor4d(images, [size, ...shape]), { training: true });
      const targets = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
      return tf.losses.softmaxCrossEntropy(targets, logits as tf.Tensor) as tf.Scalar;
    });
  }
  let right = 0;
  for (const { images, labels, size } of createBatches({ ...options, split: test })) {
    tf.tidy(() => {
      const logits = model.predict(tf.tensor4d(images, [size, ...shape])) as tf.Tensor;
      const guesses = logits.argMax(-1).dataSync();
      right += labels.filter((label, i) => label === guesses[i]).length;
    });
  }
  model.dispose();
  optimizer.dispose();
  return right / test.labels.length;
}

Deno.test("synthetic() is learnt by a tiny network within 16 steps", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  assert(learn(synthetic({ shape: [8, 8, 1] })) > 0.9);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("synthetic() gives a valid dataset of the sizes asked for, the classes by turns", () => {
  const dataset = synthetic({ classes: 3, shape: [5, 6, 2], train: 7, test: 4 });
  validateDataset(dataset);
  assertEquals([...dataset.train.labels], [0, 1, 2, 0, 1, 2, 0]);
  assertEquals(dataset.test.images.length, 4 * 5 * 6 * 2);
  assertEquals(dataset.classes, 3);
});

Deno.test("synthetic() hangs on its seed, image by image", () => {
  const few = synthetic({ seed: 5, train: 4, test: 4 });
  const more = synthetic({ seed: 5, train: 8, test: 4 });
  assertEquals(more.train.images.subarray(0, few.train.images.length), few.train.images);
  assertNotEquals(few.train.images, few.test.images);
  assertNotEquals(synthetic({ seed: 6, train: 4 }).train.images, few.train.images);
});

Deno.test("synthetic() draws stripes of its class and nothing else without noise", () => {
  // Class 0 of 2 varies along a row with a period of 4, class 1 down a column.
  const { train } = synthetic({ classes: 2, shape: [8, 8, 1], train: 2, noise: 0 });
  const pixel = (image: number, y: number, x: number) => train.images[image * 64 + y * 8 + x]!;
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 4; x++) {
      assertEquals(pixel(0, y, x), pixel(0, 0, x));
      assertEquals(pixel(0, y, x), pixel(0, y, x + 4));
      assertEquals(pixel(1, x, y), pixel(1, x, 0));
      assertEquals(pixel(1, x, y), pixel(1, x + 4, y));
    }
  }
});

Deno.test("synthetic() tells every setting apart by its fingerprint", () => {
  const settings: SyntheticOptions[] = [
    {},
    { seed: 2 },
    { classes: 3 },
    { shape: [8, 8, 1] },
    { train: 8 },
    { test: 8 },
    { noise: 0.5 },
  ];
  const prints = settings.map((s) => synthetic({ train: 4, test: 4, ...s }).fingerprint);
  assertEquals(new Set(prints).size, settings.length);
});

Deno.test("synthetic() takes the default for an option that is undefined", () => {
  assertEquals(synthetic({ train: 4, noise: undefined as never }), synthetic({ train: 4 }));
});

Deno.test("synthetic() refuses numbers that make no sense", () => {
  const wrong: SyntheticOptions[] = [
    { classes: 1 },
    { classes: 257 },
    { train: 0 },
    { test: 1.5 },
    { shape: [8, 0, 1] },
    { noise: -1 },
    { noise: NaN },
    { seed: -1 },
  ];
  for (const options of wrong) {
    const name = Object.keys(options)[0]!;
    const error = assertThrows(() => synthetic(options), EspalierError, `option "${name}`);
    assertEquals(error.code, "ERR_DATA_INVALID");
  }
});
