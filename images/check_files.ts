import { EspalierError, sha256 } from "@espalier/core";
import type { LabelledFile } from "./arrange.ts";
import { each } from "./each.ts";
import { refusal } from "./files.ts";
import type { Reading } from "./image_source.ts";

/** A file that cannot be decoded. */
export interface CorruptFile {
  readonly path: string;
  readonly reason: string;
}

/** What a look at every file gave. */
export interface CheckedFiles {
  /** Files that can be decoded, in their order. */
  readonly files: readonly LabelledFile[];
  /** The others. */
  readonly corrupt: readonly CorruptFile[];
  /** SHA-256 of paths, labels, sizes and contents of all files. */
  readonly digest: string;
}

/** Files whose digests are in memory together. */
const BLOCK = 256;

/** Why a file cannot be decoded; undefined if it can. */
async function flawOf(bytes: Uint8Array, { decoder, shape, fit }: Reading) {
  try {
    await decoder.decode(bytes, { channels: shape[2], fit });
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
  }
}

/**
 * Read and decode every file once, before any work: what it holds goes into the digest, what cannot be
 * decoded is named. Memory does not grow with the number of files.
 *
 * @param files Files with their labels.
 * @param reading How they are read and decoded.
 * @returns Which are whole, and a digest of all.
 * @throws {EspalierError} ERR_PERMISSION if one may not be read.
 */
export async function checkFiles(
  files: readonly LabelledFile[],
  reading: Reading,
): Promise<CheckedFiles> {
  const flaws = new Map<string, string>();
  let digest = "";
  for (let start = 0; start < files.length; start += BLOCK) {
    const block = files.slice(start, start + BLOCK);
    const entries = new Array<unknown>(block.length);
    await each(block.length, async (i) => {
      const { path, label } = block[i]!;
      let bytes: Uint8Array;
      try {
        bytes = await reading.folder.read(path);
      } catch (cause) {
        const refused = refusal(cause, path);
        if (refused !== undefined) throw refused;
        flaws.set(path, "it is missing or cannot be read");
        entries[i] = [path, label];
        return;
      }
      entries[i] = [path, label, bytes.length, await sha256(bytes)];
      const flaw = await flawOf(bytes, reading);
      if (flaw !== undefined) flaws.set(path, flaw);
    });
    digest = await sha256(JSON.stringify([digest, entries]));
  }
  return {
    files: files.filter(({ path }) => !flaws.has(path)),
    corrupt: files.filter(({ path }) => flaws.has(path))
      .map(({ path }) => ({ path, reason: flaws.get(path)! })),
    digest,
  };
}

const NAMED = 10;

/** "3 of 40 files cannot be decoded: a.jpg (why), …"; the first ten are named. */
export function describeCorrupt(corrupt: readonly CorruptFile[], of: number): string {
  const named = corrupt.slice(0, NAMED).map(({ path, reason }) => `"${path}" (${reason})`);
  const more = corrupt.length > NAMED ? ` and ${corrupt.length - NAMED} more` : "";
  return `${corrupt.length} of ${of} files cannot be decoded: ${named.join(", ")}${more}`;
}

/**
 * Refuse a folder with too many corrupt files.
 *
 * @throws {EspalierError} ERR_DATA_CORRUPT with their names.
 */
export function refuseCorrupt(
  corrupt: readonly CorruptFile[],
  { of, maxCorrupt }: { readonly of: number; readonly maxCorrupt: number },
): void {
  if (corrupt.length <= maxCorrupt * of) return;
  throw new EspalierError(
    "ERR_DATA_CORRUPT",
    `Cannot read images as at most ${maxCorrupt * 100} % of the files may be corrupt: ` +
      `${describeCorrupt(corrupt, of)}. Replace or delete these, or raise \`maxCorrupt\`.`,
  );
}
