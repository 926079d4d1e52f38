/**
 * Reading a wheel, which is a zip file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { installError } from "./error.ts";
import type { UnpackedFile } from "./folder.ts";

const CHUNK = 1 << 20;
// Signatures and sizes of the zip format's records, little endian.
const END_SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
const END_BYTES = 22;
const END_MAX_BYTES = END_BYTES + 0xffff;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly offset: number;
  readonly packed: number;
  readonly bytes: number;
  readonly isDeflated: boolean;
}

/** The error for a damaged wheel. */
export function damaged(path: string, state: string): Error {
  return installError(
    "ERR_INSTALL_DAMAGED",
    `the wheel is damaged: ${path} ${state}\n` +
      "Run it again; if a proxy or an index of your own changes packages, go around it.",
  );
}

async function readAt(
  file: Deno.FsFile,
  position: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  await file.seek(position, Deno.SeekMode.Start);
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const n = await file.read(buffer.subarray(done));
    if (n === null) throw new RangeError("ends too early");
    done += n;
  }
  return buffer;
}

async function readDirectory(file: Deno.FsFile): Promise<Entry[]> {
  const { size } = await file.stat();
  const length = Math.min(size, END_MAX_BYTES);
  const tail = await readAt(file, size - length, length);
  const end = tail.lastIndexOf(END_SIGNATURE);
  if (end < 0) throw new RangeError("has no directory");
  if (end + END_BYTES > tail.length) throw new RangeError("ends too early");
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; at < directory.length;) {
    const [name, extra, comment] = [28, 30, 32].map((o) => directory.readUInt16LE(at + o));
    const nameAt = at + DIRECTORY_ENTRY_BYTES;
    entries.push({
      name: directory.toString("utf8", nameAt, nameAt + name!),
      offset: directory.readUInt32LE(at + 42),
      packed: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      isDeflated: directory.readUInt16LE(at + 10) === DEFLATED,
    });
    at = nameAt + name! + extra! + comment!;
  }
  return entries;
}

async function contentStream(file: Deno.FsFile, entry: Entry): Promise<ReadableStream> {
  const header = await readAt(file, entry.offset, LOCAL_HEADER_BYTES);
  let at = entry.offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const end = at + entry.packed;
  const packed = new ReadableStream<BufferSource>({
    async pull(controller) {
      if (at >= end) return controller.close();
      const chunk = await readAt(file, at, Math.min(CHUNK, end - at));
      at += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return entry.isDeflated ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed;
}

async function writeEntry(
  file: Deno.FsFile,
  entry: Entry,
  target: { path: string; onBytes: (bytes: number) => void; signal: AbortSignal | undefined },
): Promise<void> {
  await Deno.mkdir(dirname(target.path), { recursive: true });
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      target.onBytes(chunk.length);
      controller.enqueue(chunk);
    },
  });
  const output = await Deno.create(target.path);
  const content = await contentStream(file, entry);
  await content.pipeThrough(count).pipeTo(
    output.writable,
    target.signal ? { signal: target.signal } : {},
  );
  if ((await Deno.stat(target.path)).size !== entry.bytes) throw new RangeError("is cut short");
}

/** Options of {@linkcode unpack}. */
export interface UnpackOptions {
  /** Entries to take. */
  readonly pick: RegExp;
  /** Called with the bytes written so far and in all. */
  readonly onBytes: (done: number, total: number) => void;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpack entries of a wheel.
 *
 * @param path The wheel.
 * @param folder Where to.
 * @param options Which entries.
 * @returns The files, with their paths in the folder.
 * @throws {EspalierError} `ERR_INSTALL_DAMAGED` when the wheel is truncated or lacks those entries.
 */
export async function unpack(
  path: string,
  folder: string,
  options: UnpackOptions,
): Promise<UnpackedFile[]> {
  using file = await Deno.open(path);
  try {
    const entries = (await readDirectory(file)).filter(({ name }) => options.pick.test(name));
    if (entries.length === 0) throw new RangeError("holds no library");
    const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    const onBytes = (bytes: number) => options.onBytes(done += bytes, total);
    for (const entry of entries) {
      await writeEntry(file, entry, {
        path: join(folder, entry.name),
        onBytes,
        signal: options.signal,
      });
    }
    return entries.map(({ name, bytes }) => ({ path: name, bytes }));
  } catch (error) {
    // RangeError: a record points outside the file; TypeError: the deflated bytes are invalid.
    if (error instanceof RangeError || error instanceof TypeError) {
      throw damaged(path, error.message);
    }
    throw error;
  }
}
