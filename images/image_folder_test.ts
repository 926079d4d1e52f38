import { EspalierError } from "@espalier/core";
import { HELD_OUT } from "@espalier/datasets";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { testOptions } from "../core/options_testing.ts";
import { imageFolder } from "./image_folder.ts";
import { type ImageFolderOptions, IMAGENET } from "./image_folder_options.ts";
import { bytesOf, encode, type Picture, type Tree, withTree } from "./testing.ts";

const RED: Picture = { colour: [200, 0, 0] };
const BLUE: Picture = { colour: [0, 0, 200], format: "webp" };
const TEXT = new TextEncoder().encode("no image");
const shape = [4, 4, 3] as const;

/** `count` images of each of two classes, whose first channel is their number. */
const numbered = (count: number, below = ""): Tree =>
  Object.fromEntries(
    ["cat", "dog"].flatMap((name, label) =>
      Array.from({ length: count }, (_, i) =>
        [`${below}${name}/${String(i).padStart(3, "0")}.png`, { colour: [i, label, 0] }] as const)
    ),
  );

const open = (directory: string, options: Partial<ImageFolderOptions> = {}) =>
  imageFolder({ directory, shape, ...options });

/** The first pixel of each image of a split. */
async function colours({ images }: Awaited<ReturnType<typeof imageFolder>>["train"]) {
  const pixels = await images.read(Array.from({ length: images.count }, (_, i) => i));
  return Array.from({ length: images.count }, (_, i) => [
    ...pixels.subarray(i * images.size, i * images.size + 3),
  ]);
}

async function refused(tree: Tree, options: Partial<ImageFolderOptions> = {}) {
  let found: EspalierError | undefined;
  await withTree(tree, async (directory) => {
    found = await assertRejects(() => open(directory, options), EspalierError);
  });
  return [found!.code, found!.message] as const;
}

testOptions({
  "imageFolder()": {
    call: imageFolder,
    valid: {
      ...{ directory: "nowhere", files: [], shape: [8, 8, 3], labels: "labels.csv", test: "val" },
      ...{ resize: "crop", shortSide: 8, augment: { pad: 0, flip: true }, maxCorrupt: 0 },
    },
    code: "ERR_DATA_INVALID",
  },
});

Deno.test("imageFolder() takes folders as classes and sets a fifth of each aside", async () => {
  await withTree(numbered(10), async (directory) => {
    const data = await open(directory);
    assertEquals(data.classNames, ["cat", "dog"]);
    assertEquals([data.classes, data.shape], [2, [4, 4, 3]]);
    assertEquals([...data.train.labels], [...Array(8).fill(0), ...Array(8).fill(1)]);
    assertEquals([...data.test.labels], [0, 0, 1, 1]);
    assertEquals(data.notes, [HELD_OUT]);
    // Every image is in one split, with its own label.
    const all = [...await colours(data.train), ...await colours(data.test)];
    const labels = [...data.train.labels, ...data.test.labels];
    all.forEach(([, green], i) => assertEquals(green, labels[i]));
    assertEquals(new Set(all.map(String)).size, 20);
    const again = await open(directory);
    assertEquals(await colours(again.test), await colours(data.test));
  });
});

Deno.test("imageFolder() takes train, test and val as splits where all folders are that", async () => {
  const train = numbered(2, "train/");
  const read = async (tree: Tree, options: Partial<ImageFolderOptions> = {}) => {
    let found: { names: readonly string[]; test: number; notes: readonly string[] } | undefined;
    await withTree(tree, async (directory) => {
      const { classNames, test, notes } = await open(directory, options);
      found = { names: classNames, test: test.images.count, notes };
    });
    return found!;
  };
  const names = ["cat", "dog"];
  const on = (split: string) => `results are reported on the images of ${split}`;
  const [test, val] = [numbered(3, "test/"), numbered(4, "validation/")];
  assertEquals(await read({ ...train, ...test }), { names, test: 6, notes: [on("test")] });
  assertEquals(await read({ ...train, ...val }), { names, test: 8, notes: [on("val")] });
  const both = { ...train, ...test, ...val };
  const aside = (split: string) => `the images of ${split} were left aside`;
  assertEquals(await read(both), { names, test: 6, notes: [on("test"), aside("val")] });
  assertEquals(await read(both, { test: "val" }), {
    ...{ names, test: 8, notes: [on("val"), aside("test")] },
  });
  assertEquals(await read(train), { names, test: 2, notes: [HELD_OUT] });
  // Here train is a class, beside cars.
  const vehicles = { "train/1.png": RED, "train/2.png": RED, "car/1.png": BLUE, "car/2.png": BLUE };
  assertEquals(await read(vehicles), { names: ["car", "train"], test: 2, notes: [HELD_OUT] });
});

Deno.test("imageFolder() reads classes and splits from a CSV, and says what it does not list", async () => {
  const csv =
    'split,file,label\ntrain,a/1.png,red\ntrain,"a/2.png","blue, dark"\nTest,./b.webp,red\n';
  const tree = {
    ...{ "a/1.png": RED, "a/2.png": RED, "b.webp": BLUE, "c.png": RED },
    "labels.csv": new TextEncoder().encode(csv),
  };
  await withTree(tree, async (directory) => {
    const data = await open(directory, { labels: "labels.csv" });
    assertEquals(data.classNames, ["blue, dark", "red"]);
    assertEquals([...data.train.labels], [0, 1]);
    assertEquals(await colours(data.test), [[0, 0, 200]]);
    assertEquals(data.notes.at(-1), "1 images are not in labels.csv and were ignored");
  });
  const withCsv = (text: string) =>
    refused({ ...tree, "labels.csv": new TextEncoder().encode(text) }, { labels: "labels.csv" });
  const [code, message] = await withCsv("file,label\na/1.png,red\na/2.png,\n");
  assertEquals(code, "ERR_DATA_INVALID");
  assertStringIncludes(message, "row 3 of labels.csv has no label");
  assertStringIncludes((await withCsv("name,class\n1,2\n"))[1], "row 2 of labels.csv has no file");
  assertStringIncludes(
    (await withCsv("file,label,split\na,b,tset\n"))[1],
    'row 2 of labels.csv has the split "tset"',
  );
  assertStringIncludes((await refused(tree, { labels: "none.csv" }))[1], '"none.csv" is not in');
});

Deno.test("imageFolder() leaves corrupt and missing files out up to a share, and names them", async () => {
  const whole = await encode({
    width: 40,
    height: 40,
    colour: (y, x) => [y, x, 0],
    format: "jpeg",
  });
  const tree: Tree = {
    ...numbered(20),
    "cat/cut.jpg": whole.subarray(0, whole.length / 2),
    "dog/empty.png": new Uint8Array(0),
  };
  await withTree(tree, async (directory) => {
    const { train, test, notes } = await open(directory);
    assertEquals(train.images.count + test.images.count, 40);
    assertEquals(train.images.count, train.labels.length);
    const note = notes.at(-1)!;
    assertStringIncludes(note, "2 of 42 files cannot be decoded");
    for (const name of ["cat/cut.jpg", "dog/empty.png"]) assertStringIncludes(note, `"${name}" (`);
    for (const [, label] of await colours(train)) assert(label === 0 || label === 1);
  });
  const [code, message] = await refused(tree, { maxCorrupt: 0.04 });
  assertEquals(code, "ERR_DATA_CORRUPT");
  for (const part of ["at most 4 %", "2 of 42", '"cat/cut.jpg"', '"dog/empty.png"', "maxCorrupt"]) {
    assertStringIncludes(message, part);
  }
  const csv = "file,label\ncat/000.png,a\ndog/000.png,b\ngone.png,b\n";
  const listed = { ...tree, "l.csv": new TextEncoder().encode(csv) };
  assertStringIncludes(
    (await refused(listed, { labels: "l.csv" }))[1],
    '"gone.png" (it is missing',
  );
});

Deno.test("imageFolder() ignores what is no image, and what systems leave behind", async () => {
  const tree: Tree = {
    ...numbered(3),
    ...{ "cat/notes.txt": TEXT, "README.md": TEXT, "dog/old.BMP": TEXT, "dog/new.txt": TEXT },
    ...{ "cat/._000.png": TEXT, ".DS_Store": TEXT, "__MACOSX/cat/000.png": TEXT },
  };
  await withTree(tree, async (directory) => {
    const { notes, train, test } = await open(directory, { maxCorrupt: 0 });
    assertEquals(train.images.count + test.images.count, 6);
    assertEquals(
      notes.at(-1),
      "4 files are no images that sharp reads and were ignored: .md (1), .txt (2), .bmp (1)",
    );
  });
});

Deno.test("imageFolder() follows content by its fingerprint, not the place of the folder", async () => {
  const print = async (tree: Tree, options: Partial<ImageFolderOptions> = {}) => {
    let found = "";
    await withTree(tree, async (at) => found = (await open(at, options)).fingerprint);
    return found;
  };
  const tree = numbered(3);
  const own = await print(tree);
  assertEquals(await print(tree), own);
  assertEquals(await print({ ...tree, "cat/notes.txt": TEXT }), own);
  const others = await Promise.all([
    print({ ...tree, "cat/000.png": RED }),
    print({ ...tree, "cat/003.png": RED }),
    print(Object.fromEntries(Object.entries(tree).map(([k, v]) => [k.replace("dog", "emu"), v]))),
    print(Object.fromEntries(Object.entries(tree).map(([k, v]) => [k.replace("00", "10"), v]))),
    print(tree, { shape: [4, 4, 1] }),
    print(tree, { resize: "squash" }),
    print(tree, { shortSide: 6 }),
    print({ ...tree, ...numbered(1, "test/") }),
  ]);
  // Names of classes do not matter to what is learned, their numbers do; paths are part of it all the same.
  assertEquals(new Set([own, ...others]).size, others.length + 1);
});

Deno.test("imageFolder() reads files that were chosen in a page", async () => {
  const entries = [...await bytesOf({ ...numbered(2, "train/"), ...numbered(1, "val/") })];
  const files = entries.map(([path, bytes]) => {
    const file = new File([bytes as Uint8Array<ArrayBuffer>], path.split("/").at(-1)!);
    return Object.defineProperty(file, "webkitRelativePath", { value: `pets/${path}` });
  });
  const data = await imageFolder({ files, shape });
  assertEquals([data.name, data.classNames], ["pets", ["cat", "dog"]]);
  assertEquals(await colours(data.train), [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]);
  await withTree({ ...numbered(2, "train/"), ...numbered(1, "val/") }, async (directory) => {
    assertEquals((await open(directory)).fingerprint, data.fingerprint);
  });
});

Deno.test("imageFolder() cuts random parts by seed from the whole file", async () => {
  const gradient: Picture = { width: 64, height: 48, colour: (y, x) => [x * 4, y * 5, 0] };
  const pictures = { "a/1.png": gradient, "a/2.png": RED, "b/1.png": RED, "b/2.png": BLUE };
  const tree = Object.fromEntries(
    Object.entries(pictures).flatMap(([path, picture]) =>
      ["train", "test"].map((split) => [`${split}/${path}`, picture] as const)
    ),
  );
  await withTree(tree, async (directory) => {
    const { train: { images } } = await open(directory, { shape: [12, 16, 3], resize: "squash" });
    const cut = (seed: number, area: [number, number], ratio: [number, number]) =>
      images.readCropped([0], { crop: { area, ratio }, seeds: [seed] });
    // All of it, whose ratio is 4 / 3.
    assertEquals(await cut(1, [1, 1], [4 / 3, 4 / 3]), await images.read([0]));
    const [first, other] = [await cut(1, [0.1, 0.2], [1, 1]), await cut(2, [0.1, 0.2], [1, 1])];
    assertEquals(await cut(1, [0.1, 0.2], [1, 1]), first);
    assertNotEquals(first, other);
    // A square of 0.2 of 64 × 48 pixels is 24.8 wide: red rises by 4 a pixel.
    assert(first[15 * 3]! - first[0]! <= 25 * 4);
  });
});

Deno.test("imageFolder() names a file that changed after it was opened", async () => {
  await withTree(numbered(4), async (directory) => {
    const { train: { images } } = await open(directory);
    for (const name of ["cat", "dog"]) {
      await Deno.remove(`${directory}/${name}`, { recursive: true });
    }
    const error = await assertRejects(() => images.read([1]), EspalierError, "cat/");
    assertEquals(error.code, "ERR_DATA_CORRUPT");
  });
});

Deno.test("imageFolder() refuses what has no classes, and says what to do", async () => {
  const cases: readonly [Tree, Partial<ImageFolderOptions>, string][] = [
    [{ "1.png": RED }, {}, "no class"],
    [{ "cat/1.png": RED }, {}, '"cat" alone'],
    [{ ...numbered(1, "train/"), "test/emu/1.png": RED }, {}, 'class "emu"'],
    [numbered(2), { test: "val" }, "images of val as there are none"],
    [numbered(2), { directory: "/nowhere/at/all" }, "no such file"],
    [numbered(2), { shortSide: 3 }, 'option "shortSide"'],
    [numbered(2), { shortSide: 8, resize: "squash" }, 'option "shortSide"'],
    [numbered(2), { files: [] }, "either directory or files"],
  ];
  for (const [tree, options, part] of cases) {
    const [code, message] = await refused(tree, options);
    assertEquals(code, "ERR_DATA_INVALID");
    assertStringIncludes(message.toLowerCase(), part.toLowerCase());
  }
});

Deno.test("IMAGENET reads as the paper: parts of 224 in training, 256 then 224 elsewhere", async () => {
  // Columns by their number: of 512 × 256 pixels the middle 224 are 144 to 367.
  const tree: Tree = Object.fromEntries(
    ["train/a", "train/b", "val/a", "val/b"].map((folder) =>
      [`${folder}/1.png`, { width: 512, height: 256, colour: (_, x) => [x >> 1, 0, 0] }] as const
    ),
  );
  await withTree(tree, async (directory) => {
    const { test, train, augment, shape } = await imageFolder({ directory, ...IMAGENET });
    assertEquals([shape, test.images.size], [[224, 224, 3], 224 * 224 * 3]);
    const row = (pixels: ArrayLike<number>) => [pixels[0], pixels[223 * 3]];
    assertEquals(row(await test.images.read([0])), [72, 183]);
    const crop = augment!.resizedCrop!;
    assertEquals(crop, { area: [0.08, 1], ratio: [3 / 4, 4 / 3] });
    const [from, to] = row(await train.images.readCropped([1], { crop, seeds: [7] }));
    assert(to! - from! < 183 - 72 + 60 && to! > from!);
  });
});

Deno.test({
  name: "imageFolder() says so when it may not read",
  permissions: { read: false, env: true, sys: true, ffi: true },
  fn: async () => {
    const error = await assertRejects(() => open("/photos"), EspalierError, "/photos");
    assertEquals(error.code, "ERR_PERMISSION");
  },
});
