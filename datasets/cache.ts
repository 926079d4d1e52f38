/**
 * Files that can be regenerated, in the user's cache folder. For Deno and Node.
 *
 * @module
 */
import { sha256 } from "@espalier/core";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";

/**
 * Path of a cached file: in `espalier` under `XDG_CACHE_HOME`, else under `~/.cache`.
 *
 * @param name Name of the file.
 * @param home The user's cache folder.
 * @returns Its path.
 */
export function cachePath(name: string, home = process.env.XDG_CACHE_HOME): string {
  // The XDG base directory specification says to ignore a relative path.
  const base = home && isAbsolute(home) ? home : join(homedir(), ".cache");
  return join(base, "espalier", name);
}

/**
 * Read a cached file.
 *
 * @param path Its path.
 * @param digest Its SHA-256.
 * @returns Its bytes; undefined if it is missing, unreadable, truncated or altered.
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
 * Cache a file: write a temporary one and rename it, so that no reader sees half of it. A folder that
 * cannot be written is no error: the file is regenerated next time.
 *
 * @param path Its path; the folder is created.
 * @param bytes Its content.
 */
export async function writeCache(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.${crypto.randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
