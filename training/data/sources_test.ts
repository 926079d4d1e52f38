import {
  createRandom,
  type CroppingSource,
  type Dataset,
  EspalierError,
  type MemoryDataset,
  type MemorySplit,
  type OutputLabelForm,
  type ResizedCrop,
  type Split,
} from "@espalier/core";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { channelStatistics } from "./channel_statistics.ts";
import { createBatches } from "./create_batches.ts";
import { fromArrays } from "./from_arrays.ts";
import { strataOf } from "./label_form.ts";
import { normalizationOf } from "./normalization_of.ts";
import { subset } from "./subset.ts";
import { sourceOf } from "./testing.ts";
import { checkLabelSources, validateDataset } from "./validate_dataset.ts";

const SHAPE = [3, 4, 2] as const;
const PIXELS = 24;
const STATISTICS = { mean: [0.25, 0.5], deviation: [0.5, 0.125] };
const CROP = { area: [0.2, 1], ratio: [1, 2] } as const;
const CLASSES = 3;

const SIZES = { class: 1, classes: CLASSES, "class-map": 12, numbers: 2 } as const;
const form = (kind: OutputLabelForm["kind"]): OutputLabelForm =>
  kind === "numbers" ? { kind, size: 2 } : { kind };

/** Images of bytes, and labels of a form. */
function split(kind: OutputLabelForm["kind"], count: number): MemorySplit {
  const images = Uint8Array.from({ length: count * PIXELS }, (_, i) => (i * 37 + 11) % 251);
  const length = count * SIZES[kind];
  const labels = kind === "numbers"
    ? Float32Array.from({ length }, (_, i) => Math.sin(i))
    : Uint8Array.from({ length }, (_, i) => (i * 7 + 1) % (kind === "classes" ? 2 : CLASSES));
  return { images, labels };
}

function sourced(kind: OutputLabelForm["kind"], { images, labels }: MemorySplit) {
  return { images: sourceOf(images, PIXELS), labels: sourceOf(labels, SIZES[kind]) };
}

const KINDS = ["class", "classes", "class-map", "numbers"] as const;

function dataset(kind: OutputLabelForm["kind"], train: Split, test: Split = train): Dataset {
  const classes = kind === "numbers" ? 0 : CLASSES;
  const labels = form(kind);
  return { name: "mine", fingerprint: "mine-1", shape: SHAPE, classes, labels, train, test };
}

Deno.test("batches of sources are those of the same numbers in memory", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...KINDS),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      fc.boolean(),
      async (kind, count, batchSize, isRandom, isCut) => {
        const options = () => ({
          shape: SHAPE,
          labels: form(kind),
          statistics: STATISTICS,
          batchSize,
          ...isRandom && {
            random: createRandom(1).stream("batches"),
            augment: {
              pad: 1,
              flip: true,
              ...kind !== "class-map" && isCut && { resizedCrop: CROP },
            },
          },
        });
        const memory = split(kind, count);
        const sources = sourced(kind, memory);
        const wanted = [...createBatches({ ...options(), split: memory })];
        const mixed = { ...memory, images: sources.images };
        for (const one of [sources, mixed]) {
          assertEquals(
            await Array.fromAsync(createBatches({ ...options(), split: one })),
            wanted,
          );
        }
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a source that can cut its images does, by a seed for each of them", async () => {
  const calls: [indices: number[], crop: ResizedCrop, seeds: number][] = [];
  const { images, labels } = split("class", 6);
  const source: CroppingSource = {
    ...sourceOf(images, PIXELS),
    read: () => Promise.reject(new Error("whole images were read")),
    readCropped: (indices, { crop, seeds }) => {
      calls.push([Array.from(indices), crop, new Set(Array.from(seeds)).size]);
      return Promise.resolve(new Uint8Array(indices.length * PIXELS).fill(indices[0]!));
    },
  };
  const whole = dataset("class", { images: source, labels });
  const few = subset(whole, { train: 4 });
  for (const { train } of [whole, few]) {
    calls.length = 0;
    const batches = await Array.fromAsync(createBatches({
      split: train,
      shape: SHAPE,
      statistics: { mean: [0, 0], deviation: [1, 1] },
      batchSize: 4,
      dropLast: true,
      random: createRandom(1).stream("batches"),
      augment: { pad: 0, flip: false, resizedCrop: CROP },
    }));
    assertEquals(calls.map(([indices, crop, seeds]) => [indices.length, crop, seeds]), [[
      4,
      CROP,
      4,
    ]]);
    assertAlmostEquals(batches[0]!.images[0]!, calls[0]![0][0]! / 255, 1e-6);
  }
});

Deno.test("a class map is not resized: it is refused before work, and by createBatches()", async () => {
  const augment = { pad: 0, flip: false, resizedCrop: CROP };
  const data = { ...dataset("class-map", split("class-map", 2)), augment };
  assertThrows(() => validateDataset(data), EspalierError, "a class map cannot be resized");
  const { train, test, fingerprint: _, ...rest } = data;
  await assertRejects(
    () => fromArrays({ ...rest, train, test } as never),
    EspalierError,
    "a class map cannot be resized",
  );
  const random = createRandom(1).stream("batches");
  assertThrows(
    () =>
      createBatches({
        split: train,
        shape: SHAPE,
        labels: form("class-map"),
        statistics: STATISTICS,
        batchSize: 1,
        random,
        augment,
      }),
    EspalierError,
    "a class map cannot be resized",
  );
});

Deno.test("normalizationOf() takes what the dataset says, else reads its images", async () => {
  const { images, labels } = split("class", 6);
  const read = { images: sourceOf(images, PIXELS), labels };
  const found = await normalizationOf(dataset("class", read));
  assertEquals(found, channelStatistics({ images, labels }, SHAPE));
  const unread = { images: sourceOf(images, PIXELS), labels };
  const normalization = STATISTICS;
  assertEquals(await normalizationOf({ ...dataset("class", unread), normalization }), STATISTICS);
  assertEquals(unread.images.held(), 0);
});

Deno.test("a class map is cropped and mirrored with its image; outside it is of class 0", () => {
  // Every pixel says its own class, 1 to 12.
  const shape = [3, 4, 1] as const;
  const pixels = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
  const statistics = { mean: [0], deviation: [1 / 255] };
  const places = new Set<string>();
  for (let key = 0; key < 60; key++) {
    const [batch] = createBatches({
      split: { images: pixels, labels: pixels },
      shape,
      labels: { kind: "class-map" },
      statistics,
      batchSize: 1,
      random: createRandom(1).stream("places", key),
      augment: { pad: 1, flip: true },
    });
    assertEquals(batch!.labels, Int32Array.from(batch!.images, Math.round));
    places.add(batch!.labels.join());
  }
  assert(places.size > 10);
});

Deno.test("labels that are numbers stay as they are, whatever happens to the image", () => {
  const [batch] = createBatches({
    split: split("numbers", 4),
    shape: SHAPE,
    labels: form("numbers"),
    statistics: STATISTICS,
    batchSize: 4,
  });
  assertEquals(batch!.labels, split("numbers", 4).labels);
});

Deno.test("of sources one batch is read ahead, and no more", async () => {
  const images = sourceOf(split("class", 10).images, PIXELS);
  const labels = split("class", 10).labels;
  const seen: number[] = [];
  const batches = createBatches({
    split: { images, labels },
    shape: SHAPE,
    statistics: STATISTICS,
    batchSize: 3,
  });
  for await (const { size } of batches) {
    seen.push(images.held());
    assert(size > 0);
  }
  assertEquals(seen, [6, 9, 10, 10]);
});

Deno.test("a source that fails is told at its turn, and not to who has stopped", async () => {
  const whole = sourceOf(split("class", 9).images, PIXELS);
  const images = {
    ...whole,
    read: (indices: ArrayLike<number>) =>
      indices[0] === 3 ? Promise.reject(new Error("torn")) : whole.read(indices),
  };
  const open = () =>
    createBatches({
      split: { images, labels: split("class", 9).labels },
      shape: SHAPE,
      statistics: STATISTICS,
      batchSize: 3,
    });
  let batches = 0;
  await assertRejects(
    async () => {
      for await (const { size } of open()) batches += size / 3;
    },
    Error,
    "torn",
  );
  assertEquals(batches, 1);
  for await (const _ of open()) break;
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("what a source may not give is refused with what was found", async () => {
  const { labels } = split("class", 2);
  const good = sourceOf(new Float32Array(2 * PIXELS), PIXELS);
  const reading = async (made: unknown) => {
    const images = { ...good, read: () => Promise.resolve(made as Float32Array) };
    const options = { shape: SHAPE, statistics: STATISTICS, batchSize: 2 };
    const batches = createBatches({ split: { images, labels }, ...options });
    const error = await assertRejects(() => Array.fromAsync(batches), EspalierError);
    assertEquals(error.code, "ERR_DATA_INVALID");
    return error.message;
  };
  const bad = new Float32Array(2 * PIXELS);
  bad[PIXELS + 1] = NaN;
  assert((await reading(bad)).includes("item 1 of a source holds NaN"));
  assert((await reading(new Uint8Array(2 * PIXELS))).includes("2 items were Uint8Array of 48"));
  assert((await reading(new Float32Array(PIXELS))).includes("2 items were Float32Array of 24"));
});

Deno.test("statistics of sources are those in memory, and sources are read once", async () => {
  const { images, labels } = split("class", 7);
  const bytes = sourceOf(images, PIXELS);
  const wanted = channelStatistics({ images, labels }, SHAPE);
  const first = channelStatistics({ images: bytes, labels }, SHAPE);
  assertStrictEquals(channelStatistics({ images: bytes, labels }, SHAPE), first);
  assertEquals(await first, wanted);
  assertEquals(bytes.held(), 7);
  // More numbers than are read at a time.
  const many = Float32Array.from({ length: 2 ** 20 + 2 ** 10 }, (_, i) => 3 + Math.sin(i * i));
  const shape = [16, 16, 2] as const;
  const found = await channelStatistics({ images: sourceOf(many, 512), labels }, shape);
  const exact = channelStatistics({ images: many, labels }, shape);
  for (const key of ["mean", "deviation"] as const) {
    found[key].forEach((value, c) => assertAlmostEquals(value, exact[key][c]!, 1e-9));
  }
});

Deno.test("validateDataset() takes every form of labels, and refuses what is none", () => {
  for (const kind of KINDS) validateDataset(dataset(kind, split(kind, 3)));
  const refusal = (kind: OutputLabelForm["kind"], change: Partial<Dataset>) =>
    assertThrows(
      () => validateDataset({ ...dataset(kind, split(kind, 3)), ...change }),
      EspalierError,
    ).message;
  const train = (kind: OutputLabelForm["kind"], at: number, label: number): Partial<Dataset> => {
    const labels = Float32Array.from(split(kind, 3).labels).fill(label, at, at + 1);
    return { train: { ...split(kind, 3), labels } };
  };
  const cases = [
    [refusal("classes", train("classes", 4, 2)), "label 1 of image 1 of train is 2"],
    [refusal("class-map", train("class-map", 13, 3)), "label 1 of image 1 of train is 3"],
    [refusal("numbers", train("numbers", 3, NaN)), "label 1 of image 1 of train is NaN"],
    [refusal("numbers", { labels: { kind: "numbers", size: 3 } }), "every image needs 3 labels"],
    [refusal("numbers", { classes: 3 }), 'option "classes" is 3, allowed: 0'],
    [refusal("class-map", { classes: 1 }), 'option "classes" is 1, allowed: integer (at least 2)'],
    [refusal("class-map", { labels: { kind: "map" } as never }), "labels.kind"],
  ];
  for (const [message, text] of cases) assert(message!.includes(text!), message);
});

Deno.test("validateDataset() takes sources, and refuses those that do not fit", () => {
  const memory = split("class-map", 3);
  const sources = sourced("class-map", memory);
  validateDataset(dataset("class-map", sources));
  const refusal = (kind: OutputLabelForm["kind"], train: Split) =>
    assertThrows(() => validateDataset(dataset(kind, train)), EspalierError).message;
  const of = (labels: number) => sourceOf(new Uint8Array(labels), 12);
  const cases = [
    [refusal("class-map", { ...sources, labels: of(24) }), "train has 24 labels and 72 values"],
    [refusal("class-map", { ...sources, images: of(36) }), "a source of train has 12 an image"],
    [refusal("class", { ...sources, labels: sourceOf(new Uint8Array(3), 1) }), "held in memory"],
    [
      refusal("class-map", { ...sources, images: sourceOf(new Int32Array(72), PIXELS) }),
      'option "train.images" is',
    ],
  ];
  for (const [message, text] of cases) assert(message!.includes(text!), message);
});

Deno.test("checkLabelSources() names the label that is none, before any work", async () => {
  const memory = split("class-map", 3);
  await checkLabelSources(dataset("class-map", sourced("class-map", memory)));
  const wrong = { ...memory, labels: memory.labels.slice().fill(7, 30, 31) };
  const data = dataset("class-map", memory, sourced("class-map", wrong));
  const error = await assertRejects(() => checkLabelSources(data), EspalierError);
  assert(error.message.includes("label 6 of image 2 of test is 7"), error.message);
});

Deno.test("images without one class each are all alike to a fair choice", () => {
  assertStrictEquals(strataOf(split("class", 4), dataset("class", split("class", 4))).length, 4);
  const sources = sourced("numbers", split("numbers", 5));
  assertEquals(strataOf(sources, dataset("numbers", sources)), new Uint8Array(5));
});

Deno.test("subset() takes the first images whatever their labels, and leaves sources sources", async () => {
  const memory = split("class-map", 5);
  const all = dataset("class-map", memory, sourced("class-map", memory));
  const few = subset(all, { train: 2, test: 3 });
  assertEquals(few.train.images, memory.images.slice(0, 2 * PIXELS));
  assertEquals(few.train.labels, memory.labels.slice(0, 2 * 12));
  assertEquals(few.fingerprint, "mine-1-first-trainallof2-testallof3");
  const { images } = few.test as ReturnType<typeof sourced>;
  assertEquals(images.count, 3);
  assertEquals(await images.read([2]), memory.images.slice(2 * PIXELS, 3 * PIXELS));
  const refused = (options: object) =>
    assertThrows(() => subset(all, options), EspalierError).message;
  assert(refused({ trainPerClass: 1 }).includes('the labels are of kind "class-map"'));
  assert(refused({ train: 6 }).includes("6 were asked for, train has 5"));
  assert(refused({ train: 1, trainPerClass: 1 }).includes("give one of"));
});

Deno.test("fromArrays() takes every form of labels, and tells forms apart", async () => {
  const prints = new Set<string>();
  const { images } = split("class", 4);
  const make = (change: object): Promise<MemoryDataset> => {
    const { labels } = split("class-map", 4);
    const both = { images, labels };
    return fromArrays({
      ...{ name: "mine", shape: SHAPE, classes: 3, labels: { kind: "class-map" } },
      ...{ train: both, test: both },
      ...change,
    });
  };
  const numbers = { images, labels: [0.5, 1, 2, 3.25] };
  const regression = await make({
    ...{ classes: undefined, labels: { kind: "numbers", size: 1 } },
    ...{ train: numbers, test: numbers },
  });
  assertEquals([regression.classes, regression.train.labels], [
    0,
    Float32Array.of(0.5, 1, 2, 3.25),
  ]);
  const map = await make({});
  assertEquals(map.labels, { kind: "class-map" });
  const flat = { images, labels: new Uint8Array(48) };
  const large = await make({ train: flat, test: flat });
  for (const { fingerprint } of [regression, map, large]) prints.add(fingerprint);
  assertEquals(prints.size, 3);
  const huge = { images, labels: [1e300, 0, 0, 0] };
  const options = { classes: 0, labels: { kind: "numbers", size: 1 }, train: huge, test: huge };
  await assertRejects(() => make(options), EspalierError, "label 0 of train is 1e+300");
});

async function peakOf(count: number): Promise<{ readonly images: number; readonly peak: number }> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", "--v8-flags=--expose-gc"],
      new URL("peak_testing.ts", import.meta.url).pathname,
      `${count}`,
    ],
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  return JSON.parse(text.decode(stdout).trim().split("\n").at(-1)!);
}

Deno.test("memory does not grow with the number of images of a source", async () => {
  const [small, large] = [await peakOf(1000), await peakOf(20_000)];
  assertEquals([small.images, large.images], [500, 10_000]);
  // The 19,000 images and maps are 19 MB. Their order and halves are a few numbers each.
  const grown = large.peak - small.peak;
  assert(grown < 2e6, `${grown / 1e6} MB`);
});
