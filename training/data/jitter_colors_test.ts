import { createRandom, EspalierError } from "@espalier/core";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createBatches } from "./create_batches.ts";
import { fromArrays } from "./from_arrays.ts";
import { changeColors, type ColorChange, jitterColors } from "./jitter_colors.ts";

const SAME: ColorChange = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
const ORDER = ["brightness", "contrast", "saturation", "hue"] as const;

function changed(pixels: readonly number[], change: Partial<ColorChange>): number[] {
  const made = Float32Array.from(pixels);
  changeColors(made, { change: { ...SAME, ...change }, order: ORDER });
  return [...made].map((value) => Math.round(1e3 * value) / 1e3);
}

Deno.test("changeColors() changes by hand-worked amounts", () => {
  assertEquals(changed([100, 200, 50], {}), [100, 200, 50]);
  assertEquals(changed([100, 200, 50], { brightness: 1.4 }), [140, 255, 70]);
  // The grey of pure red is 76.245, of green 149.685: their mean is 112.965.
  assertEquals(changed([255, 0, 0, 0, 255, 0], { contrast: 0 }), Array(6).fill(112.965));
  const grey = 0.299 * 100 + 0.587 * 200 + 0.114 * 50;
  const half = [100, 200, 50].map((value) => Math.round(500 * (value + grey)) / 1e3);
  assertEquals(changed([100, 200, 50], { saturation: 0.5 }), half);
});

Deno.test("changeColors() turns hues: red, green, blue, and red again", () => {
  assertEquals(changed([255, 0, 0], { hue: 1 / 3 }), [0, 255, 0]);
  assertEquals(changed([255, 0, 0], { hue: -1 / 3 }), [0, 0, 255]);
  assertEquals(changed([200, 100, 100], { hue: 1 / 6 }), [200, 200, 100]);
  assertEquals(changed([70, 70, 70], { hue: 0.3 }), [70, 70, 70]);
  assertEquals(changed([10, 90, 200], { hue: 0.5 }), [200, 120, 10]);
});

const image = Uint8Array.from({ length: 2 * 12 }, (_, i) => 40 + i * 53 % 150);
const given = { numbers: image, at: Int32Array.of(1, 0) };

Deno.test("jitterColors() draws by seeds, within its bounds, and leaves images as they are", () => {
  const none = { brightness: 0, contrast: 0, saturation: 0, hue: 0 };
  const drawn = (jitter: typeof none, seeds: number[]) =>
    jitterColors(given, { size: 12, jitter, seeds });
  const same = drawn(none, [1, 2]);
  [...image.subarray(12), ...image.subarray(0, 12)].forEach((value, i) =>
    assertAlmostEquals(same[i]!, value, 1e-4)
  );
  const bright = { ...none, brightness: 0.4 };
  assertEquals(drawn(bright, [3, 4]), drawn(bright, [3, 4]));
  const factors = Array.from(
    { length: 50 },
    (_, seed) => drawn(bright, [seed, 0])[0]! / image[12]!,
  );
  assert(factors.every((factor) => factor > 0.6 - 1e-6 && factor < 1.4 + 1e-6));
  assert(Math.min(...factors) < 0.7 && Math.max(...factors) > 1.3);
});

Deno.test("batches have random colours in training, and their own without randomness", async () => {
  const split = { images: image, labels: [0, 1] };
  const colorJitter = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 };
  const data = await fromArrays({
    name: "colours",
    classes: 2,
    shape: [2, 2, 3],
    train: split,
    test: split,
    augment: { pad: 0, flip: false, colorJitter },
  });
  const statistics = { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] };
  const batch = (more: Pick<Parameters<typeof createBatches>[0], "random" | "augment">) => {
    const { train, shape } = data;
    const [made] = [...createBatches({ split: train, shape, statistics, batchSize: 2, ...more })];
    return made!.images;
  };
  const random = (epoch: number) => createRandom(1).stream("batches", epoch);
  const first = batch({ random: random(0), augment: data.augment });
  assert(first.every((value) => value >= 0 && value <= 255));
  assertEquals(batch({ random: random(0), augment: data.augment }), first);
  assert(
    batch({ random: random(1), augment: data.augment }).some((value, i) => value !== first[i]),
  );
  batch({}).forEach((value, i) => assertAlmostEquals(value, image[i]!, 1e-3));
  const grey = { ...split, images: new Uint8Array(2) };
  await assertRejects(
    () =>
      fromArrays({
        ...{ name: "grey", classes: 2, shape: [1, 1, 1], train: grey, test: grey },
        augment: { pad: 0, flip: false, colorJitter },
      }),
    EspalierError,
    "colours are of images of three channels of bytes",
  );
});
