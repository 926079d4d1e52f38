import { EspalierError } from "@espalier/core";
import { assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { type ArraysOptions, fromArrays } from "./from_arrays.ts";

const OPTIONS: ArraysOptions = {
  name: "mine",
  classes: 3,
  shape: [1, 1, 2],
  train: { images: Uint8Array.of(1, 2, 3, 4), labels: [2, 0] },
  test: { images: Uint8Array.of(5, 6), labels: Uint8Array.of(1) },
};

async function fingerprint(change: Partial<ArraysOptions>): Promise<string> {
  return (await fromArrays({ ...OPTIONS, ...change })).fingerprint;
}

Deno.test("fromArrays() keeps the images and converts the labels", async () => {
  const dataset = await fromArrays({ ...OPTIONS, augment: { pad: 2, flip: false } });
  assertStrictEquals(dataset.train.images, OPTIONS.train.images);
  assertEquals(dataset.train.labels, Int32Array.of(2, 0));
  assertEquals(dataset.test.labels, Uint8Array.of(1));
  assertEquals(dataset.shape, [1, 1, 2]);
  assertEquals(dataset.augment, { pad: 2, flip: false });
});

Deno.test("fromArrays() takes the fingerprint of the content alone", async () => {
  const own = await fingerprint({});
  assertMatch(own, /^sha256-[0-9a-f]{64}$/);
  assertEquals(await fingerprint({ name: "other" }), own);
  const images = Uint8Array.of(9, 9, 1, 2, 3, 4).subarray(2);
  assertEquals(await fingerprint({ train: { images, labels: Int32Array.of(2, 0) } }), own);
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  shared.set(images);
  assertEquals(await fingerprint({ train: { images: shared, labels: [2, 0] } }), own);
  assertEquals(await fingerprint({ fingerprint: "given" }), "given");
});

Deno.test("fromArrays() changes the fingerprint with anything that is trained on", async () => {
  const { train, test } = OPTIONS;
  const changes: Partial<ArraysOptions>[] = [
    {},
    { classes: 4 },
    { shape: [2, 1, 1] },
    { augment: { pad: 1, flip: false } },
    { augment: { pad: 1, flip: true } },
    { augment: { pad: 1, flip: true, resizedCrop: { area: [0.5, 1], ratio: [1, 1] } } },
    { augment: { pad: 1, flip: true, resizedCrop: { area: [0.5, 1], ratio: [1, 2] } } },
    { train: { ...train, labels: [2, 1] } },
    { train: { ...train, images: Uint8Array.of(1, 2, 3, 5) } },
    {
      train: { ...train, images: Float32Array.of(1, 2, 3, 4) },
      test: { ...test, images: Float32Array.from(test.images) },
    },
    { train: test, test: train },
  ];
  const prints = await Promise.all(changes.map(fingerprint));
  assertEquals(new Set(prints).size, changes.length);
});

Deno.test("fromArrays() refuses fractional labels before it converts them", async () => {
  const train = { ...OPTIONS.train, labels: [1.5, 0] };
  const error = await assertRejects(
    () => fromArrays({ ...OPTIONS, train }),
    EspalierError,
    "label 0 of train is 1.5",
  );
  assertEquals(error.code, "ERR_DATA_INVALID");
  const empty = { images: new Uint8Array(0), labels: [] };
  await assertRejects(() => fromArrays({ ...OPTIONS, test: empty }), EspalierError, "test");
  await assertRejects(() => fromArrays({ ...OPTIONS, fingerprint: "" }), EspalierError);
});
