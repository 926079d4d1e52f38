import { createRandom, EspalierError, type MemorySplit } from "@espalier/core";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createBatches } from "./create_batches.ts";

const SHAPE = [3, 4, 2] as const;
const PIXELS = 24;
const STATISTICS = { mean: [0.25, 0.5], deviation: [0.5, 0.125] };

/** Images of bytes, every pixel its own, the label its index. */
function bytes(count: number): MemorySplit {
  const images = Uint8Array.from({ length: count * PIXELS }, (_, i) => (i * 37 + 11) % 251 + 1);
  return { images, labels: Uint8Array.from({ length: count }, (_, i) => i) };
}

function random(key = 0) {
  return createRandom(1).stream("batches", key);
}

/** One image by the definition: pad with raw zeros, cut, mirror, scale to 0..1, normalise. */
function reference(
  image: Uint8Array,
  { pad, top, left, flip }: { pad: number; top: number; left: number; flip: boolean },
): number[] {
  const [height, width, channels] = SHAPE;
  const padded = (y: number, x: number, c: number): number => {
    const [row, column] = [y - pad, x - pad];
    if (row < 0 || row >= height || column < 0 || column >= width) return 0;
    return image[(row * width + column) * channels + c]!;
  };
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = flip ? width - 1 - x : x;
      for (let c = 0; c < channels; c++) {
        const value = padded(y + top, column + left, c) / 255;
        values.push((value - STATISTICS.mean[c]!) / STATISTICS.deviation[c]!);
      }
    }
  }
  return values;
}

function close(actual: Float32Array, expected: readonly number[]): boolean {
  return expected.every((value, i) => Math.abs(value - actual[i]!) < 1e-5);
}

Deno.test("createBatches() gives every image once, in order, the last batch partial", () => {
  const split = bytes(5);
  const batches = [...createBatches({ split, shape: SHAPE, statistics: STATISTICS, batchSize: 2 })];
  assertEquals(batches.map(({ size }) => size), [2, 2, 1]);
  assertEquals(batches.map(({ labels }) => [...labels]), [[0, 1], [2, 3], [4]]);
  const place = { pad: 0, top: 0, left: 0, flip: false };
  batches.forEach(({ images, labels, size }) => {
    assertEquals(images.length, size * PIXELS);
    labels.forEach((label, i) => {
      const source = split.images.subarray(label * PIXELS, (label + 1) * PIXELS) as Uint8Array;
      assert(close(images.subarray(i * PIXELS), reference(source, place)));
    });
  });
});

Deno.test("createBatches() shuffles by its stream and leaves out a partial batch if asked", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 12 }),
    fc.boolean(),
    (count, batchSize, dropLast) => {
      const options = { split: bytes(count), shape: SHAPE, statistics: STATISTICS, batchSize };
      const batches = [...createBatches({ ...options, random: random(), dropLast })];
      const labels = batches.flatMap((batch) => [...batch.labels]);
      assertEquals(labels.length, dropLast ? count - count % batchSize : count);
      assertEquals(new Set(labels).size, labels.length);
    },
  ));
  const options = { split: bytes(40), shape: SHAPE, statistics: STATISTICS, batchSize: 40 };
  const order = (key: number) => [...createBatches({ ...options, random: random(key) })][0]!.labels;
  assertEquals(order(0), order(0));
  assertNotEquals(order(0), order(1));
});

Deno.test("createBatches() crops at every place and mirrors half of the images", () => {
  const split = bytes(1);
  const pad = 1;
  const seen = new Map<string, number>();
  const draws = 2000;
  const stream = random();
  for (let draw = 0; draw < draws; draw++) {
    const [batch] = createBatches({
      split,
      shape: SHAPE,
      statistics: STATISTICS,
      batchSize: 1,
      random: stream,
      augment: { pad, flip: true },
    });
    const places = [0, 1, 2].flatMap((top) =>
      [0, 1, 2].flatMap((left) => [false, true].map((flip) => ({ pad, top, left, flip })))
    );
    const image = split.images as Uint8Array;
    const found = places.filter((place) => close(batch!.images, reference(image, place)));
    assertEquals(found.length, 1);
    const key = JSON.stringify(found[0]);
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  assertEquals(seen.size, 18);
  // The 0.1 % and 99.9 % quantiles of chi-square with 17 degrees of freedom.
  const statistic = [...seen.values()]
    .reduce((sum, n) => sum + (n - draws / 18) ** 2 / (draws / 18), 0);
  assert(statistic > 4.4 && statistic < 40.8, `chi-square ${statistic}`);
});

Deno.test("createBatches() without flip mirrors nothing", () => {
  const split = bytes(1);
  const place = { pad: 0, top: 0, left: 0, flip: false };
  for (let key = 0; key < 20; key++) {
    const augment = { pad: 0, flip: false };
    const options = { split, shape: SHAPE, statistics: STATISTICS, batchSize: 1, augment };
    const [batch] = createBatches({ ...options, random: random(key) });
    assert(close(batch!.images, reference(split.images as Uint8Array, place)));
  }
});

Deno.test("createBatches() takes floats as they are and only centres a constant channel", () => {
  const split = { images: Float32Array.of(1, 7, 5, 7), labels: Int32Array.of(4, 2) };
  const statistics = { mean: [3, 7], deviation: [2, 0] };
  const [batch] = createBatches({ split, shape: [1, 1, 2], statistics, batchSize: 2 });
  assertEquals(batch, {
    images: Float32Array.of(-1, 0, 1, 0),
    labels: Int32Array.of(4, 2),
    size: 2,
  });
});

Deno.test("createBatches() reads the given indices and does not change them", () => {
  const indices = Int32Array.of(4, 1, 3);
  const options = { split: bytes(5), shape: SHAPE, statistics: STATISTICS, batchSize: 3, indices };
  assertEquals([...createBatches(options)][0]!.labels, indices);
  const [shuffled] = createBatches({ ...options, random: random() });
  assertEquals(shuffled!.labels.toSorted(), Int32Array.of(1, 3, 4));
  assertEquals(indices, Int32Array.of(4, 1, 3));
});

Deno.test("createBatches() never hands out memory twice", () => {
  const options = { split: bytes(6), shape: SHAPE, statistics: STATISTICS, batchSize: 2 };
  const buffers = [...createBatches(options)].flatMap((b) => [b.images.buffer, b.labels.buffer]);
  assertEquals(new Set(buffers).size, 6);
});

Deno.test("createBatches() refuses a batch size of no images, and augmentation without numbers", () => {
  const options = { split: bytes(2), shape: SHAPE, statistics: STATISTICS, batchSize: 1 };
  for (const batchSize of [0, -1, 1.5, NaN]) {
    const make = () => createBatches({ ...options, batchSize });
    assertEquals(assertThrows(make, EspalierError, `${batchSize}`).code, "ERR_CONFIG_INVALID");
  }
  const augment = { pad: 1, flip: false };
  assertThrows(() => createBatches({ ...options, augment }), EspalierError, "random");
});
