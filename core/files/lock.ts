/**
 * Locks on files, which end with the process that holds them, however it ends.
 *
 * In Deno the system holds the lock (flock). Node has no such call: there, the file names its
 * process, and counts as long as that lives. Node heeds the locks of Deno, Deno not those of Node.
 *
 * @module
 */
import { codeOf } from "./files.ts";
import { lockByName } from "./lock_by_name.ts";
import type { FileLock } from "./lock_owner.ts";

/** Whether the lock was free; a file system without locks refuses nobody. */
async function takes(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch (error) {
    if (["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(codeOf(error))) return true;
    throw error;
  }
}

function inodeOf(deno: typeof Deno, path: string): number | null | undefined {
  try {
    return deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}

function lockOf(file: Deno.FsFile, remove: () => unknown): FileLock {
  return {
    async write(bytes: Uint8Array): Promise<void> {
      await file.truncate(0);
      await file.seek(0, 0);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    },
    release(): void {
      try {
        remove();
      } catch {
        // It stays, unlocked, and the next one takes it.
      }
      file.close();
    },
  };
}

async function lockInDeno(deno: typeof Deno, path: string): Promise<FileLock | undefined> {
  for (;;) {
    const file = await deno.open(path, { read: true, write: true, create: true });
    let held = false;
    try {
      if (!await takes(file)) return undefined;
      const inode = (await file.stat()).ino;
      held = inodeOf(deno, path) === inode; // Else its holder removed it meanwhile.
      if (held) return lockOf(file, () => inodeOf(deno, path) === inode && deno.removeSync(path));
    } finally {
      if (!held) file.close();
    }
  }
}

/**
 * Take the lock on a file, which is made if it is missing.
 *
 * @param path The file.
 * @returns The lock; undefined if someone holds it.
 */
export function tryLock(path: string): Promise<FileLock | undefined> {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  return deno === undefined ? lockByName(path) : lockInDeno(deno, path);
}
