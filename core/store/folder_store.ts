import { fileError, files, ifThere } from "../files/files.ts";
import { checkFileName, prepareFolder, writeWhole } from "../files/folder.ts";
import { tryLock } from "../files/lock.ts";
import { checkOptions, pathSchema } from "../plugin/options.ts";
import { waitFor } from "../files/wait.ts";
import type { ArtifactStore } from "./artifact_store.ts";
import { decodeArtifact, encodeArtifact } from "./encode.ts";

/** Free bytes of a folder's disk; in Deno only if that was allowed, as nobody should be asked for it. */
async function freeBytes(path: string): Promise<number | undefined> {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  const permission = deno?.permissions.querySync({ name: "sys", kind: "statfs" }).state;
  if ((permission ?? "granted") !== "granted") return undefined;
  const fs = await files();
  return await fs.statfs(path).then(({ bavail, bsize }) => bavail * bsize, () => undefined);
}

/** Name of an artifact's file. */
export const artifactFile = (key: string): string => `${key}.artifact`;

/**
 * Create a store with one file per artifact. Several processes may share the folder: a file is
 * written under a temporary name and then renamed, and the first one wins.
 *
 * @param path The folder; created when needed.
 * @returns The store. Keys that would leave the folder are refused by ERR_PATH_INVALID.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the path is none.
 */
export function folderStore(path: string): ArtifactStore {
  checkOptions(pathSchema, { path }, { subject: "folderStore()" });
  function fileOf(key: string): string {
    checkFileName(key);
    return `${path}/${artifactFile(key)}`;
  }
  async function makeFolder(): Promise<void> {
    const fs = await files();
    await fs.mkdir(path, { recursive: true }).catch((error) => {
      throw fileError(error, "write into", path);
    });
  }
  /** A claim is the lock on a file beside the artifact's. */
  async function tryClaim(file: string): Promise<Disposable | undefined> {
    try {
      const lock = await tryLock(file);
      return lock && { [Symbol.dispose]: lock.release };
    } catch (error) {
      throw fileError(error, "lock", file);
    }
  }
  return {
    prepare: (): Promise<void> => prepareFolder(path),
    free: () => freeBytes(path),
    async read(key: string): Promise<unknown> {
      const fs = await files();
      const file = fileOf(key);
      const bytes = await ifThere(file, (there) => fs.readFile(there));
      return bytes && await decodeArtifact(bytes, { where: `"${file}"`, key });
    },
    async has(key: string): Promise<boolean> {
      const fs = await files();
      return await ifThere(fileOf(key), (there) => fs.stat(there)) !== undefined;
    },
    async write(key, value, { replace = false } = {}): Promise<void> {
      const file = fileOf(key);
      const bytes = await encodeArtifact(value, key);
      await makeFolder();
      await writeWhole(file, bytes, { replace });
    },
    async remove(key): Promise<void> {
      const fs = await files();
      const file = fileOf(key);
      await ifThere(file, (there) => fs.unlink(there));
    },
    claim: async (key, options) => {
      const file = `${fileOf(key)}.lock`;
      await makeFolder();
      return await waitFor(() => tryClaim(file), options);
    },
  };
}
