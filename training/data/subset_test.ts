import { type Dataset, EspalierError } from "@espalier/core";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { subset } from "./subset.ts";

const DATASET: Dataset = {
  name: "mine",
  fingerprint: "mine-1",
  classes: 2,
  shape: [1, 1, 2],
  train: {
    images: Uint8Array.of(10, 11, 20, 21, 30, 31, 40, 41, 50, 51),
    labels: Uint8Array.of(1, 1, 1, 0, 0),
  },
  test: { images: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Int32Array.of(0, 0, 1) },
  augment: { pad: 1, flip: true },
};

Deno.test("subset() keeps the first images of each class in their order", () => {
  const few = subset(DATASET, { trainPerClass: 2, testPerClass: 1 });
  assertEquals(few.train.images, Uint8Array.of(10, 11, 20, 21, 40, 41, 50, 51));
  assertEquals(few.train.labels, Uint8Array.of(1, 1, 0, 0));
  assertEquals(few.test.images, Float32Array.of(1, 2, 5, 6));
  assertEquals(few.test.labels, Int32Array.of(0, 1));
  assertEquals(few.augment, DATASET.augment);
});

Deno.test("subset() tells subsets apart by their fingerprints", () => {
  const few = subset(DATASET, { trainPerClass: 1 });
  assertStrictEquals(few.test, DATASET.test);
  assertEquals(few.fingerprint, "mine-1-first-train1-testall");
  assertEquals(subset(DATASET, { testPerClass: 1 }).fingerprint, "mine-1-first-trainall-test1");
});

Deno.test("subset() refuses more images than a class has, and numbers that are no counts", () => {
  const take = (trainPerClass: number) => () => subset(DATASET, { trainPerClass });
  const error = assertThrows(take(3), EspalierError, "3 of each of 2 classes");
  assertEquals(error.code, "ERR_DATA_INVALID");
  for (const perClass of [0, -1, 1.5, NaN]) {
    assertThrows(take(perClass), EspalierError, `option "trainPerClass" is ${perClass}, allowed: `);
  }
  assertThrows(() => subset(DATASET, { testPerClass: 2 }), EspalierError, "test gives 3 in all");
});

Deno.test("subset() refuses what is no dataset", () => {
  assertThrows(() => subset(null as never, {}), EspalierError, "the value is null");
});
