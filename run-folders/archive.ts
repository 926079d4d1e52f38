import { checkOptions, EspalierError, pathSchema } from "@espalier/core";
import { fileError, files } from "@espalier/core/run";
import { Zip, ZipDeflate } from "fflate";
import type { FileHandle } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import {
  checkRun,
  eventsOf,
  holdRun,
  keysOf,
  NAMES,
  statOf,
  storedUnder,
  storeOf,
  type StoreOptions,
} from "./folder.ts";

/** What goes into which file. */
export interface ArchiveOptions extends StoreOptions {
  /** The file, a zip. */
  readonly out: string;
}

/** What a zip file can hold, in bytes and files, without its extensions for more. */
const MOST = { bytes: 2 ** 32 - 2, files: 2 ** 16 - 2 };

/** What processes leave behind. */
const LEFTOVER = /\.(lock|part)$/;

/** A file and its name in the archive. */
interface Entry {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly mtime: Date;
}

async function entry(path: string, name: string): Promise<Entry> {
  const { size, mtime } = (await statOf(path))!;
  return { path, name: name.replaceAll("\\", "/"), bytes: size, mtime };
}

/** Files of the run's folder, and of its store those that belong to the run. */
async function entriesOf(directory: string, store: string): Promise<Entry[]> {
  const fs = await files();
  const name = basename(resolve(directory));
  const inside = !relative(directory, store).startsWith("..");
  const found = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const ofRun = found.filter((one) => one.isFile() && !LEFTOVER.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => relative(store, path).startsWith(".."));
  const keys = await keysOf(directory, await eventsOf(directory));
  const stored = await Promise.all(
    [...new Set(keys.values())].map((key) => storedUnder(store, key)),
  );
  const ofStore = stored.flatMap(({ artifact, checkpoints }) => [...artifact, ...checkpoints]);
  const folder = inside ? join(name, relative(directory, store)) : NAMES.artifacts;
  return await Promise.all([
    ...ofRun.map((path) => entry(path, join(name, relative(directory, path)))),
    ...ofStore.map(({ path }) => entry(path, join(folder, basename(path)))),
  ]);
}

function checkSize(directory: string, entries: readonly Entry[]): void {
  const bytes = entries.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes <= MOST.bytes && entries.length <= MOST.files) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot archive "${directory}" as a zip file holds ${MOST.bytes} bytes in ${MOST.files} files ` +
      `at most: ${bytes} bytes in ${entries.length} files. Copy its folder and its store as they are.`,
  );
}

/** Years that a zip file can name. */
const dated = (mtime: Date): Date =>
  mtime.getFullYear() < 1980 || mtime.getFullYear() > 2099 ? new Date(1980, 0) : mtime;

/** Write the entries one after the other, a part of a file in memory at a time. */
async function writeZip(file: FileHandle, entries: readonly Entry[]): Promise<void> {
  const fs = await import("node:fs");
  const zip = new Zip((error, part) => {
    if (error) throw error;
    for (let at = 0; at < part.length;) at += fs.writeSync(file.fd, part, at);
  });
  for (const { path, name, mtime } of entries) {
    const packed = new ZipDeflate(name, { level: 1 });
    packed.mtime = dated(mtime);
    zip.add(packed);
    for await (const part of fs.createReadStream(path)) packed.push(part);
    packed.push(new Uint8Array(), true);
  }
  zip.end();
  await file.sync();
}

/**
 * Make one file of a run: its folder, what its phases made, and its unfinished work. Any program that
 * unpacks zip files lays it out so that the same program goes on with the run, on another machine too.
 *
 * @param directory The run's folder.
 * @param options The file to write, and where the store lies.
 * @returns Number of files in it, and its size.
 * @throws {EspalierError} ERR_RUN_BUSY while the run goes on; ERR_CONFIG_INVALID for a folder without
 * a run, or too much for a zip file; ERR_JOURNAL_CORRUPT; ERR_PERMISSION, ERR_DISK_FULL,
 * ERR_PATH_INVALID or ERR_FILE_FAILED of a file.
 */
export async function archiveRun(
  directory: string,
  { out, ...options }: ArchiveOptions,
): Promise<{ readonly files: number; readonly bytes: number }> {
  for (const path of [directory, out]) {
    checkOptions(pathSchema, { path }, { subject: "archiveRun()" });
  }
  await checkRun(directory);
  using _held = await holdRun(directory);
  const entries = await entriesOf(directory, await storeOf(directory, options));
  checkSize(directory, entries);
  const fs = await files();
  const unfinished = `${out}.${crypto.randomUUID()}.part`;
  try {
    const file = await fs.open(unfinished, "wx");
    await writeZip(file, entries).finally(() => file.close());
    await fs.rename(unfinished, out);
    return { files: entries.length, bytes: (await fs.stat(out)).size };
  } catch (error) {
    await fs.rm(unfinished, { force: true });
    throw fileError(error, "write", out);
  }
}
