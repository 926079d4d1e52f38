/**
 * Files that can be made again, in the user's cache folder. For Deno and Node.
 *
 * @module
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";

/**
 * The SHA-256 of bytes.
 *
 * @param bytes Not in shared memory.
 * @returns 64 hexadecimal digits.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const own = bytes as Uint8Array<ArrayBuffer>;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", own));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Where a file is kept: in `espalier` under `XDG_CACHE_HOME`, else under `~/.cache`.
 *
 * @param name Name of the file.
 * @param home The user's cache folder.
 * @returns Its path.
 */
export function cachePath(name: string, home = process.env.XDG_CACHE_HOME): string {
  // A relative path there is to be ignored, by the XDG base directory specification.
  const base = home && isAbsolute(home) ? home : join(homedir(), ".cache");
  return join(base, "espalier", name);
}

/**
 * Read a file that was kept.
 *
 * @param path Where it would be.
 * @param digest Its SHA-256.
 * @returns Its bytes, or undefined if it is not there, not readable, cut or altered: it is to be
 * made again then.
 */
export async function readCache(path: string, digest: string): Promise<Uint8Array | undefined> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    // Not Node's Buffer, whose slice() is no copy.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return await sha256(bytes) === digest ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keep a file: write beside and rename, so that no reader sees half of it. A folder that cannot be
 * written is no error, as the file is only made again next time.
 *
 * @param path Where to keep it; its folder is made.
 * @param bytes What to keep.
 */
export async function writeCache(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.${crypto.randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, bytes);
    await rename(beside, path);
  } catch {
    await rm(beside, { force: true }).catch(() => {});
  }
}
