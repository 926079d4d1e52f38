import { type Dataset, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { validateDataset } from "./validate_dataset.ts";

const TRAIN = { images: Uint8Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0, 1, 1) };
const TEST = { images: Uint8Array.of(5, 1), labels: Int32Array.of(1) };
const GOOD: Dataset = {
  name: "mine",
  fingerprint: "mine-1",
  classes: 2,
  shape: [1, 2, 1],
  train: TRAIN,
  test: TEST,
  augment: { pad: 1, flip: true },
};

Deno.test("validateDataset() accepts bytes and floats", () => {
  validateDataset(GOOD);
  const train = { ...TRAIN, images: Float32Array.from(TRAIN.images) };
  validateDataset({ ...GOOD, train, test: { ...TEST, images: Float32Array.of(0.5, -1) } });
});

Deno.test("validateDataset() refuses splits of unlike type or range", () => {
  const refuses = (train: Float32Array | Uint8Array, test: Float32Array | Uint8Array) => {
    const splits = { train: { ...TRAIN, images: train }, test: { ...TEST, images: test } };
    return assertThrows(() => validateDataset({ ...GOOD, ...splits }), EspalierError).message;
  };
  const [small, large] = [Float32Array.of(0.1, 1), Float32Array.of(200, 255)];
  const training = Float32Array.of(0, 0.5, 1, 0.2, 0.1, 0.9);
  assertStringIncludes(refuses(TRAIN.images, small), "train has bytes, test floats");
  assertStringIncludes(refuses(training, TEST.images), "train has floats, test bytes");
  assertStringIncludes(refuses(training, large), "train reaches 1, test 255");
});

Deno.test("validateDataset() says what is wrong and where", () => {
  const cases: [Readonly<Record<string, unknown>>, string][] = [
    [{ classes: 1 }, 'option "classes" is 1, allowed: integer (at least 2)'],
    [{ classes: 2.5 }, '"classes" is 2.5'],
    [{ shape: [1, 0, 1] }, '"shape[1]" is 0'],
    [{ shape: [2, 1] }, '"shape" is [2,1]'],
    [{ shape: [1, 3, 1] }, "train has 3 labels and 6 values, which are 2 images of 1×3×1"],
    [{ fingerprint: "" }, '"fingerprint" is ""'],
    [{ fingerprint: undefined }, '"fingerprint" is undefined'],
    [{ augment: { pad: -1, flip: false } }, '"augment.pad" is -1'],
    [{ augment: { pad: 0.5, flip: false } }, '"augment.pad" is 0.5'],
    [{ train: { images: new Uint8Array(0), labels: new Uint8Array(0) } }, "train has no labels"],
    [
      { train: { images: [1, 2], labels: Uint8Array.of(0) } },
      '"train.images" is [1,2], allowed: Uint8Array, Float32Array or source of them (convert them)',
    ],
    [
      { train: { images: new Uint8ClampedArray(6), labels: TRAIN.labels } },
      '"train.images" is a Uint8ClampedArray',
    ],
    [{ test: null }, '"test" is null'],
    [{ augmnet: GOOD.augment }, 'option "augmnet" is unknown (did you mean "augment"?'],
    [{ augment: { pad: 1, flp: true } }, 'option "augment.flp" is unknown (did you mean "flip"?'],
    [{ test: { ...TRAIN, labels: Uint8Array.of(0, 1) } }, "test has 2 labels and 6 values"],
    [{ test: { ...TEST, labels: Int32Array.of(-1) } }, "label 0 of test is -1"],
    [{ train: { ...TRAIN, labels: Uint8Array.of(1, 0, 2) } }, "label 2 of train is 2"],
    [{ train: { ...TRAIN, labels: [0, 0.5, 1] } }, "label 1 of train is 0.5"],
    [{ test: { ...TEST, labels: ["1"] } }, 'label 0 of test is "1"'],
    [{ test: { ...TEST, images: Float32Array.of(0, NaN) } }, "image 0 of test holds NaN"],
  ];
  for (const [change, text] of cases) {
    const dataset = { ...GOOD, ...change } as Dataset;
    const error = assertThrows(() => validateDataset(dataset), EspalierError, text);
    assertEquals(error.code, "ERR_DATA_INVALID");
  }
});

Deno.test("validateDataset() names the image that is not finite", () => {
  const images = new Float32Array(6);
  images[3] = -Infinity;
  const dataset = { ...GOOD, train: { images, labels: TRAIN.labels } };
  assertThrows(() => validateDataset(dataset), EspalierError, "image 1 of train holds -Infinity");
});
