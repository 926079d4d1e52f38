/** A visitor's pictures as data to train on. */
import { context2d } from "./dom.ts";
import { fromArrays, holdOut, type MemoryDataset } from "@espalier/espalier/browser";

/** Height and width that pictures are brought to. */
export const SIZE = 32;

/** Bytes of a picture: its middle, red, green and blue of each pixel. */
export async function bytesOf(file: Blob): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  const context = context2d(SIZE, SIZE);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, side, side, 0, 0, SIZE, SIZE);
  bitmap.close();
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  return Uint8Array.from(
    { length: SIZE * SIZE * 3 },
    (_, i) => data[4 * Math.floor(i / 3) + i % 3]!,
  );
}

/** What the visitor chose. */
export interface Chosen {
  /** Names of the classes. */
  readonly names: readonly string[];
  /** Pictures of each. */
  readonly pictures: readonly (readonly Uint8Array[])[];
}

/** A dataset of the pictures, of which a fifth of each class is set aside. */
export async function datasetOf({ names, pictures }: Chosen): Promise<MemoryDataset> {
  const all = pictures.flatMap((own, label) => own.map((bytes) => ({ bytes, label })));
  const labels = all.map(({ label }) => label);
  const { train, test } = holdOut(labels);
  const split = (indices: ArrayLike<number>) => ({
    images: Uint8Array.from(Array.from(indices).flatMap((i) => [...all[i]!.bytes])),
    labels: Array.from(indices, (i) => labels[i]!),
  });
  return await fromArrays({
    name: names.join(" or "),
    classes: names.length,
    shape: [SIZE, SIZE, 3],
    train: split(train),
    test: split(test),
  });
}
