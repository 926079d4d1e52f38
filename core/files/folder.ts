import { nodeModule } from "./node_module.ts";
import { EspalierError } from "../errors.ts";
import { codeOf, fileError, files, isThere } from "./files.ts";
import { tryLock } from "./lock.ts";
import type { FileLock } from "./lock_owner.ts";

/** What a process leaves behind that ends while it writes or holds a claim. */
const LEFTOVER = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$|\.artifact\.lock$/;

/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Longest name in bytes; what is added to it stays below the usual 255. */
const LONGEST = 150;

/**
 * Refuse a name that would leave its folder, or that some file system does not take.
 *
 * @throws {EspalierError} ERR_PATH_INVALID.
 */
export function checkFileName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  // deno-lint-ignore no-control-regex -- they are what is refused
  const free = bytes <= LONGEST && /^[^./\\:*?"<>|\x00-\x1f][^/\\:*?"<>|\x00-\x1f]*$/.test(name);
  if (free && !/[. ]$/.test(name) && !RESERVED.test(name) && name.isWellFormed()) return;
  throw new EspalierError(
    "ERR_PATH_INVALID",
    `Cannot name a file ${JSON.stringify(name.slice(0, 60))} as it must stay in its folder, ` +
      `on every system, within ${LONGEST} bytes. Use letters, digits, "-" and "_".`,
  );
}

/**
 * Refuse what cannot be a folder's path.
 *
 * @throws {EspalierError} ERR_PATH_INVALID.
 */
export function checkFolder(path: unknown): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return;
  throw new EspalierError(
    "ERR_PATH_INVALID",
    `Cannot use ${JSON.stringify(path)} as a folder as it must be a path: a text that is not ` +
      `empty and holds no NUL. Name one, as in "runs/1".`,
  );
}

/** Bring the names in a folder to the disk, where the system lets a folder be opened. */
async function syncFolder(path: string): Promise<void> {
  const fs = await files();
  try {
    const folder = await fs.open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    const cannot = ["EACCES", "EINVAL", "EISDIR", "ENOTSUP", "EPERM", "NotCapable"];
    if (!cannot.includes(codeOf(error))) throw error;
  }
}

/** A new file beside `path`, locked, so that nobody takes it for a leftover. */
async function temporaryFor(path: string): Promise<{ temporary: string; lock: FileLock }> {
  for (;;) {
    const temporary = `${path}.${crypto.randomUUID()}.part`;
    const lock = await tryLock(temporary);
    if (lock !== undefined) return { temporary, lock };
  }
}

/** Remove what dead processes left in a folder. */
async function sweep(path: string): Promise<void> {
  const fs = await files();
  for (const name of await fs.readdir(path)) {
    if (!LEFTOVER.test(name)) continue;
    const lock = await tryLock(`${path}/${name}`).catch(() => undefined); // It may be another user's.
    lock?.release();
  }
}

/**
 * Make a folder, sweep what dead processes left in it, and prove that files can be written into it.
 *
 * @throws {EspalierError} ERR_PERMISSION, ERR_PATH_INVALID, ERR_DISK_FULL or ERR_FILE_FAILED.
 */
export async function prepareFolder(path: string): Promise<void> {
  checkFolder(path);
  const fs = await files();
  const { dirname } = await nodeModule<typeof import("node:path")>("path");
  try {
    const made = await fs.mkdir(path, { recursive: true });
    if (made !== undefined) await syncFolder(dirname(path));
    await sweep(path);
    (await temporaryFor(`${path}/probe`)).lock.release();
  } catch (error) {
    throw fileError(error, "write into", path);
  }
}

/** Give a written file its name, unless there is one of that name already. */
async function linkIfAbsent(temporary: string, path: string): Promise<void> {
  const fs = await files();
  try {
    await fs.link(temporary, path);
  } catch (error) {
    if (isThere(error)) return;
    // A file system without hard links: the last one wins.
    await fs.rename(temporary, path);
  }
}

/**
 * Write a file under another name, bring it to the disk, and rename it: a reader sees the old file
 * or the new one, never a part. With `replace: false`, a file that is there already stays.
 *
 * @throws {EspalierError} As {@linkcode prepareFolder}.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { replace = true }: { readonly replace?: boolean } = {},
): Promise<void> {
  const fs = await files();
  const { dirname } = await nodeModule<typeof import("node:path")>("path");
  let made: { temporary: string; lock: FileLock } | undefined;
  try {
    made = await temporaryFor(path);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await made.lock.write(bytes);
    await (replace ? fs.rename : linkIfAbsent)(made.temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw fileError(error, "write", path);
  } finally {
    made?.lock.release();
  }
}
