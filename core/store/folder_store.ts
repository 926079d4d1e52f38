import { fileError, files, isMissing, isThere, prepareFolder } from "../files.ts";
import type { ArtifactStore } from "./artifact_store.ts";
import { decodeArtifact, encodeArtifact } from "./encode.ts";

/** Give a written file its name, unless there is one of that name already. */
async function linkIfAbsent(temporary: string, path: string): Promise<void> {
  const fs = await files();
  try {
    await fs.link(temporary, path);
  } catch (error) {
    if (isThere(error)) return;
    // A file system without hard links: the last one wins, with the same content.
    await fs.rename(temporary, path);
  }
}

/** Contents of a file; undefined if it is missing. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const fs = await files();
  try {
    return await fs.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, "read", path);
  }
}

/**
 * Create a store with one file per artifact. Several processes may share the folder: a file is
 * written under a temporary name and then renamed, and the first one wins.
 *
 * @param path The folder; created when needed.
 * @returns The store.
 */
export function folderStore(path: string): ArtifactStore {
  const fileOf = (key: string) => `${path}/${key}.artifact`;
  return {
    prepare: (): Promise<void> => prepareFolder(path),
    async read(key: string): Promise<unknown> {
      const bytes = await readIfThere(fileOf(key));
      return bytes && await decodeArtifact(bytes, { where: `"${fileOf(key)}"`, key });
    },
    async has(key: string): Promise<boolean> {
      const fs = await files();
      return await fs.access(fileOf(key)).then(() => true, () => false);
    },
    async write(key, value, { replace = false } = {}): Promise<void> {
      const bytes = await encodeArtifact(value, key);
      const file = fileOf(key);
      const fs = await files();
      const temporary = `${file}.${crypto.randomUUID()}.part`;
      try {
        await fs.mkdir(path, { recursive: true });
        await fs.writeFile(temporary, bytes);
        await (replace ? fs.rename(temporary, file) : linkIfAbsent(temporary, file));
      } catch (error) {
        throw fileError(error, "write", file);
      } finally {
        await fs.rm(temporary, { force: true }).catch(() => {});
      }
    },
  };
}
