import { nodeModule } from "./node_module.ts";
import { isMissing, isThere } from "./files.ts";
import { type FileLock, isAlive, parseOwner, thisOwner } from "./lock_owner.ts";

type Fs = typeof import("node:fs");

/** Age in ms from which a file that names no owner is taken for that of a dead process. */
const FORGOTTEN = 60_000;

/** What `work` gives; undefined if it fails as `expected`. */
function unless<T>(expected: (error: unknown) => boolean, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (expected(error)) return undefined;
    throw error;
  }
}

/** What tells one lock of a name from the next. */
function stateOf(fs: Fs, path: string): { text: string; mtimeMs: number } | undefined {
  return unless(isMissing, () => {
    const { mtimeMs, size } = fs.statSync(path);
    return { text: size < 1000 ? fs.readFileSync(path, "utf8") : "", mtimeMs };
  });
}

/** Whether a name is free, by removing the file of a dead process if need be. */
async function isFreed(fs: Fs, path: string): Promise<boolean> {
  const before = stateOf(fs, path);
  if (before === undefined) return true;
  const owner = parseOwner(before.text);
  const recent = Date.now() - before.mtimeMs < FORGOTTEN;
  if (owner === undefined ? recent : await isAlive(owner)) return false;
  const aside = `${path}.${crypto.randomUUID()}.part`;
  unless(isMissing, () => fs.renameSync(path, aside)); // Only one process gets it.
  const moved = stateOf(fs, aside);
  const dead = moved?.text === before.text && moved.mtimeMs === before.mtimeMs;
  // Else another process was faster, and holds what was moved.
  if (moved !== undefined && !dead) unless(isThere, () => fs.linkSync(aside, path));
  fs.rmSync(aside, { force: true });
  return dead;
}

/** Take a lock by the name of its file: whoever makes the file has it; undefined if another did. */
export async function lockByName(path: string): Promise<FileLock | undefined> {
  const fs = await nodeModule<typeof import("node:fs")>("fs");
  const file = unless(isThere, () => fs.openSync(path, "wx+"));
  if (file === undefined) return await isFreed(fs, path) ? await lockByName(path) : undefined;
  const write = (bytes: Uint8Array): void => {
    fs.ftruncateSync(file);
    for (let at = 0; at < bytes.length;) {
      at += fs.writeSync(file, bytes, at, bytes.length - at, at);
    }
    fs.fsyncSync(file);
  };
  write(new TextEncoder().encode(JSON.stringify(await thisOwner())));
  return {
    write: (bytes) => Promise.resolve(bytes).then(write),
    release(): void {
      try {
        const there = fs.statSync(path, { throwIfNoEntry: false });
        if (there?.ino === fs.fstatSync(file).ino) fs.unlinkSync(path);
        fs.closeSync(file);
      } catch {
        // It counts as that of a dead process, once this one has ended.
      }
    },
  };
}
