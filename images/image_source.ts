import { type CroppingSource, EspalierError, type ResizedCrop } from "@espalier/core";
import type { ImageDecoder } from "./decoder.ts";
import { each } from "./each.ts";
import { type Folder, refusal } from "./files.ts";
import { type FitRule, randomPart } from "./fit.ts";

/** How the files of a folder become images of one shape. */
export interface Reading {
  /** Where the files are. */
  readonly folder: Folder;
  /** What decodes them. */
  readonly decoder: ImageDecoder;
  /** Size of every image. */
  readonly shape: readonly [height: number, width: number, channels: 1 | 3 | 4];
  /** Which part of a file is an image where nothing is random. */
  readonly fit: FitRule;
}

async function decodeAgain(
  { folder, decoder, shape }: Reading,
  path: string,
  fit: FitRule,
): Promise<Uint8Array> {
  try {
    return await decoder.decode(await folder.read(path), { channels: shape[2], fit });
  } catch (cause) {
    throw refusal(cause, path) ?? new EspalierError(
      "ERR_DATA_CORRUPT",
      `Cannot read "${path}" as files must stay as they were when the folder was opened: ` +
        `${(cause as Error).message}. Open the folder again.`,
      { cause },
    );
  }
}

/**
 * Images that are decoded each time they are read: no more than a few files are in memory beside what
 * is returned.
 *
 * @param paths Files, all of which can be decoded.
 * @param reading How.
 * @returns The source.
 */
export function imageSource(paths: readonly string[], reading: Reading): CroppingSource {
  const [height, width, channels] = reading.shape;
  const size = height * width * channels;
  async function read(indices: ArrayLike<number>, fitOf: (i: number) => FitRule) {
    const all = new Uint8Array(indices.length * size);
    await each(indices.length, async (i) => {
      all.set(await decodeAgain(reading, paths[indices[i]!]!, fitOf(i)), i * size);
    });
    return all;
  }
  return {
    count: paths.length,
    size,
    kind: "bytes",
    read: (indices) => read(indices, () => reading.fit),
    readCropped: (indices, { crop, seeds }: { crop: ResizedCrop; seeds: ArrayLike<number> }) =>
      read(indices, (i) => randomPart({ height, width }, { crop, seed: seeds[i]! })),
  };
}
