import {
  type Dataset,
  isSource,
  type MemoryDataset,
  type MemorySplit,
  type Numbers,
  readInOrder,
  registerDataset,
  type Source,
  type Split,
} from "@espalier/core";

const ARRAYS = { bytes: Uint8Array, integers: Int32Array, floats: Float32Array } as const;

async function readAll(source: Source): Promise<Numbers> {
  const { count, size, kind } = source;
  const all = new ARRAYS[kind](count * size);
  for await (const { first, numbers } of readInOrder(source)) all.set(numbers, first * size);
  return all;
}

const load = <N extends Numbers>(items: N | Source): Promise<N> | N =>
  isSource(items) ? readAll(items) as Promise<N> : items;

const inArrays = async ({ images, labels, ...rest }: Split): Promise<MemorySplit> => ({
  ...rest,
  images: await load(images),
  labels: await load(labels),
});

/**
 * Read all images and labels of a dataset into memory, where they are decoded once and for all: for what fits, as
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
export async function inMemory(dataset: Dataset): Promise<MemoryDataset> {
  const [train, test] = [await inArrays(dataset.train), await inArrays(dataset.test)];
  return registerDataset({ ...dataset, train, test });
}
