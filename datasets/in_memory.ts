import {
  type Dataset,
  type Numbers,
  registerDataset,
  type Source,
  type Split,
} from "@espalier/core";

/** A split whose images may be read when they are needed. */
export interface ReadableSplit extends Omit<Split, "images"> {
  /** Images in memory or on a disk. */
  readonly images: Split["images"] | Source;
}

/** A dataset whose images may be read when they are needed. */
export interface ReadableDataset extends Omit<Dataset, "train" | "test"> {
  /** What is trained and searched on. */
  readonly train: ReadableSplit;
  /** What results are reported on. */
  readonly test: ReadableSplit;
}

/** Images that are read at once. */
const BLOCK = 256;

const ARRAYS = { bytes: Uint8Array, floats: Float32Array, integers: Float32Array } as const;

async function readAll(source: Source): Promise<Uint8Array | Float32Array> {
  const { count, size, kind } = source;
  const all = new ARRAYS[kind](count * size);
  for (let start = 0; start < count; start += BLOCK) {
    const length = Math.min(BLOCK, count - start);
    const block: Numbers = await source.read(Int32Array.from({ length }, (_, i) => start + i));
    all.set(block, start * size);
  }
  return all;
}

async function load(split: ReadableSplit): Promise<Split> {
  const { images } = split;
  return { ...split, images: "read" in images ? await readAll(images) : images };
}

/**
 * Read all images of a dataset into memory, where they are decoded once and for all: for what fits, as
 * 20,000 images of 64 × 64 × 3 (246 MB).
 *
 * @example A source of two images of one pixel
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inMemory } from "@espalier/datasets";
 *
 * const images = {
 *   count: 2,
 *   size: 1,
 *   kind: "bytes",
 *   read: (indices: ArrayLike<number>) => Promise.resolve(Uint8Array.from(indices, (i) => 7 + i)),
 * } as const;
 * const split = { images, labels: Uint8Array.of(0, 1) };
 * const shape = [1, 1, 1] as const;
 * const rest = { name: "two", fingerprint: "two", classes: 2, shape };
 * const { train } = await inMemory({ ...rest, train: split, test: split });
 * assertEquals(train.images, Uint8Array.of(7, 8));
 * ```
 *
 * @param dataset Any dataset.
 * @returns The same with arrays; same content, same fingerprint.
 */
export async function inMemory(dataset: ReadableDataset): Promise<Dataset> {
  const [train, test] = [await load(dataset.train), await load(dataset.test)];
  return registerDataset({ ...dataset, train, test });
}
