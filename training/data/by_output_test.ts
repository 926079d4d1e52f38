// Data for networks of several inputs and outputs.
import { createRandom, EspalierError, type OutputForm } from "@espalier/core";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { toTensors } from "../measures.ts";
import { baselineOf } from "../objective/baseline.ts";
import { createBatches } from "./create_batches.ts";
import { type ArraysOptions, fromArrays } from "./from_arrays.ts";
import { labelParts, labelsByOutput } from "./label_form.ts";
import { subset } from "./subset.ts";

await tf.setBackend("cpu");

/** Two images of 1 × 2 pixels with three facts each; a class, a map and two numbers are learned. */
const split: ArraysOptions["train"] = {
  images: Uint8Array.of(10, 20, 30, 40),
  inputs: { facts: Float32Array.of(1, 2, 3, 4, 5, 6), bits: Uint8Array.of(0, 255) },
  labels: { kind: [2, 1], mask: [0, 1, 1, 1], box: [0.5, -1, 2.5, 8] },
};
const OPTIONS: ArraysOptions = {
  name: "several",
  shape: [1, 2, 1],
  inputs: { facts: [1, 1, 3], bits: [1, 1, 1] },
  labels: {
    kind: "by-output",
    outputs: {
      kind: { classes: 3 },
      mask: { classes: 2, labels: { kind: "class-map" } },
      box: { labels: { kind: "numbers", size: 2 } },
    },
  },
  train: split,
  test: split,
};

Deno.test("fromArrays() puts the labels of all outputs of an image behind one another", async () => {
  const { classes, train } = await fromArrays(OPTIONS);
  assertEquals(classes, 0);
  assertEquals(train.labels, Float32Array.of(2, 0, 1, 0.5, -1, 1, 1, 1, 2.5, 8));
});

Deno.test("fromArrays() changes the fingerprint with inputs and what outputs learn", async () => {
  const other = (change: Partial<ArraysOptions>) => fromArrays({ ...OPTIONS, ...change });
  const all = await Promise.all([
    other({}),
    other({ train: { ...split, inputs: { ...split.inputs, bits: Uint8Array.of(0, 254) } } }),
    other({ train: { ...split, labels: { ...split.labels, box: [0.5, -1, 2.5, 9] } } }),
  ]);
  assertEquals(new Set(all.map(({ fingerprint }) => fingerprint)).size, all.length);
});

Deno.test("batches hold every input as it is, and move class maps with their images", async () => {
  const data = await fromArrays(OPTIONS);
  const augment = { pad: 0, flip: true };
  const seen = new Set<string>();
  for (let epoch = 0; epoch < 8; epoch++) {
    const batches = createBatches({
      split: data.train,
      shape: data.shape,
      labels: data.labels,
      batchSize: 2,
      statistics: { mean: [0], deviation: [1 / 255] },
      augment,
      random: createRandom(2).stream("flip", epoch),
    });
    for (const batch of batches) {
      for (let i = 0; i < batch.size; i++) {
        const [left, right] = [...batch.images.subarray(2 * i, 2 * i + 2)].map(Math.round);
        const isFirst = Math.min(left!, right!) === 10;
        const isFlipped = left! > right!;
        seen.add(`${isFirst} ${isFlipped}`);
        const map = isFirst ? [0, 1] : [1, 1];
        const labels = [...batch.labels.subarray(5 * i, 5 * i + 5)];
        assertEquals(labels.slice(1, 3), isFlipped ? map.toReversed() : map);
        assertEquals([labels[0], labels[4]], isFirst ? [2, -1] : [1, 8]);
        const facts = [...batch.inputs!["facts"]!.subarray(3 * i, 3 * i + 3)];
        assertEquals(facts, isFirst ? [1, 2, 3] : [4, 5, 6]);
        assertEquals(batch.inputs!["bits"]![i], isFirst ? 0 : 1);
      }
    }
  }
  assertEquals(seen.size, 4);
});

Deno.test("toTensors() gives labels by output and inputs by name", async () => {
  const data = await fromArrays(OPTIONS);
  const { train, shape, labels: form } = data;
  const statistics = { mean: [0], deviation: [1] };
  const [batch] = createBatches({ split: train, shape, labels: form, batchSize: 2, statistics });
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const { inputs, labels } = toTensors(batch!, data);
    const { kind, mask, box } = labels as Record<string, tf.Tensor>;
    assertEquals(kind!.arraySync(), [[0, 0, 1], [0, 1, 0]]);
    assertEquals(mask!.arraySync(), [[[[1, 0], [0, 1]]], [[[0, 1], [0, 1]]]]);
    assertEquals(box!.arraySync(), [[0.5, -1], [2.5, 8]]);
    assertEquals(inputs!["facts"]!.shape, [2, 1, 1, 3]);
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("labels of any outputs come back by their names, whatever is drawn", async () => {
  const kinds = fc.constantFrom("class", "classes", "class-map", "numbers");
  const forms = fc.array(fc.record({ kind: kinds, size: fc.integer({ min: 2, max: 4 }) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      forms,
      fc.integer({ min: 2, max: 5 }),
      fc.integer(),
      async (forms, count, seed) => {
        const random = createRandom(Math.abs(seed)).stream("labels");
        const outputs = Object.fromEntries(
          forms.map(({ kind, size }, i): [string, OutputForm] => [
            `out${i}`,
            kind === "numbers" ? { labels: { kind, size } } : { classes: size, labels: { kind } },
          ]),
        );
        const form = {
          shape: [1, 2, 1],
          classes: 0,
          labels: { kind: "by-output", outputs },
        } as const;
        const given = Object.fromEntries(
          labelParts(form).map(({ name, size, data: { labels: { kind }, classes } }) => [
            name!,
            Array.from(
              { length: size * count },
              () =>
                kind === "numbers"
                  ? Math.fround(random.normal())
                  : random.integer(kind === "classes" ? 2 : classes),
            ),
          ]),
        );
        const split = { images: new Uint8Array(2 * count), labels: given };
        const { train, shape, labels } = await fromArrays({
          name: "any",
          ...form,
          train: split,
          test: split,
        });
        const indices = Int32Array.from({ length: count }, (_, i) => i);
        random.shuffle(indices);
        const statistics = { mean: [0], deviation: [1] };
        const options = { split: train, shape, labels, batchSize: count, statistics, indices };
        const [batch] = createBatches(options);
        const found = labelsByOutput(batch!.labels, form) as Record<string, ArrayLike<number>>;
        for (const { name, size } of labelParts(form)) {
          const wanted = [...indices].flatMap((i) => given[name!]!.slice(i * size, (i + 1) * size));
          assertEquals(Array.from(found[name!]!), wanted);
        }
      },
    ),
  );
});

Deno.test("baselineOf() guesses from the mean of each output", async () => {
  const data = await fromArrays(OPTIONS);
  let means: unknown;
  await baselineOf(
    data,
    {
      name: "all",
      labels: "by-output",
      metrics: [{ name: "images", better: "higher", share: false, value: ([n]) => n! }],
      outputs: () => ({ kind: [3], mask: [1, 2, 2], box: [2] }),
      loss: () => tf.scalar(0),
      tally(outputs, labels) {
        const { kind, mask, box } = outputs as Record<string, tf.Tensor>;
        assertEquals([kind!.shape, mask!.shape, box!.shape], [[2, 3], [2, 1, 2, 2], [2, 2]]);
        const own = labels as Record<string, unknown>;
        assertEquals(own["mask"], Int32Array.of(0, 1, 1, 1));
        assertEquals(own["box"], Float32Array.of(0.5, -1, 2.5, 8));
        return [2];
      },
      constant: (mean) => means = mean,
    } as Parameters<typeof baselineOf>[1],
  );
  assertEquals(means, { kind: [0, 0.5, 0.5], mask: [0.25, 0.75], box: [1.5, 3.5] });
});

Deno.test("subset() takes the inputs of the images that it takes", async () => {
  const { train } = subset(await fromArrays(OPTIONS), { train: 1 });
  assertEquals(train.inputs, { facts: Float32Array.of(1, 2, 3), bits: Uint8Array.of(0) });
  assertEquals(train.labels, Float32Array.of(2, 0, 1, 0.5, -1));
});

const REFUSALS: readonly (readonly [Partial<ArraysOptions>, string])[] = [
  [{ train: { ...split, labels: [1, 2] } }, "those of train are one list"],
  [{ test: { ...split, labels: { kind: [2, 1] } } }, "those of test are kind"],
  [{ train: { ...split, labels: { ...split.labels, kind: [2, 3] } } }, `of "kind" of image 1`],
  [{ train: { ...split, inputs: { facts: Float32Array.of(1) } } }, `"facts" of train has 1`],
  [{ inputs: { facts: [1, 1, 3] } }, `the dataset has none of "bits"`],
  [{ train: { images: split.images, labels: split.labels } }, `train has none of "facts"`],
  [
    { train: { ...split, inputs: { ...split.inputs, facts: new Float32Array(6).fill(NaN) } } },
    `"facts" of image 0 of train holds NaN`,
  ],
  [{ labels: { kind: "by-output", outputs: {} } }, "name at least one output"],
  [{ labels: { kind: "by-output", outputs: { kind: { classes: 1 } } } }, "classes"],
];
for (const [change, message] of REFUSALS) {
  Deno.test(`fromArrays() refuses: ${message}`, async () => {
    const error = await assertRejects(
      () => fromArrays({ ...OPTIONS, ...change }),
      EspalierError,
      message,
    );
    assertEquals(error.code, "ERR_DATA_INVALID");
  });
}

Deno.test("fromArrays() refuses to augment one of two pictures", async () => {
  const pictures = { ...split, inputs: { other: new Uint8Array(4) } };
  const options = { ...OPTIONS, inputs: { other: [1, 2, 1] as const } };
  const both = { train: pictures, test: pictures };
  assert(await fromArrays({ ...options, ...both }));
  await assertRejects(
    () => fromArrays({ ...options, ...both, augment: { pad: 1, flip: false } }),
    EspalierError,
    "only one image an example can be augmented",
  );
});
