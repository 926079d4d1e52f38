import { type Dataset, isSource, type Split } from "./contracts/dataset.ts";
import { readInOrder } from "./read_items.ts";
import { sha256 } from "./sha256.ts";

/** Fingerprints that makers of datasets gave, and the arrays and sources that have them, by place. */
const given = new Set<string>();
const holders = new WeakMap<object, Set<string>>();

const arraysOf = ({ train, test }: Dataset) =>
  [train, test].flatMap(({ images, inputs, labels }) => [
    images,
    labels,
    ...Object.values(inputs ?? {}),
  ]);

function isTrue(dataset: Dataset): boolean {
  const { fingerprint } = dataset;
  return !given.has(fingerprint) ||
    arraysOf(dataset).every((array, i) => holders.get(array)?.has(`${i} ${fingerprint}`));
}

/**
 * Remember whose fingerprint a dataset has, so that a copy of it with other arrays or sources is not
 * taken for it.
 *
 * @param dataset A new dataset.
 * @param source The dataset that it was made from, whose fingerprint is part of its own.
 * @returns The new dataset.
 */
export function registerDataset<D extends Dataset>(dataset: D, source?: Dataset): D {
  given.add(dataset.fingerprint);
  if (source !== undefined && !isTrue(source)) return dataset;
  for (const [i, array] of arraysOf(dataset).entries()) {
    const known = holders.get(array) ?? new Set();
    holders.set(array, known.add(`${i} ${dataset.fingerprint}`));
  }
  return dataset;
}

const digestOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Promise<string> =>
  sha256(new Uint8Array(buffer, byteOffset, byteLength));

/** Type and digest of the content; a source is read once. */
async function contentOf(
  items: Split["images"] | Split["labels"],
): Promise<readonly [type: string, digest: string]> {
  if (!isSource(items)) return [items.constructor.name, await digestOf(items)];
  const { kind, size } = items;
  const parts: string[] = [];
  for await (const { numbers } of readInOrder(items)) parts.push(await digestOf(numbers));
  return [`source of ${kind}, ${size} an item`, await sha256(parts.join())];
}

/** A dataset whose fingerprint follows its content: that of a copy with other content is made anew. */
export async function identified(dataset: Dataset): Promise<Dataset> {
  if (isTrue(dataset)) return dataset;
  const contents = await Promise.all(arraysOf(dataset).map(contentOf));
  const types = contents.map(([type]) => type);
  const digests = contents.map(([, digest]) => digest);
  return { ...dataset, fingerprint: `sha256-${await sha256(JSON.stringify([types, digests]))}` };
}
