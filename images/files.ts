/**
 * Files of a folder by their paths: on a disk, or those that a page's visitor chose.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";

/** Files below a folder. */
export interface Folder {
  /** Its name. */
  readonly name: string;
  /** Paths below it with "/", sorted; hidden files are left out. */
  readonly paths: readonly string[];
  /** All bytes of a file. */
  read(path: string): Promise<Uint8Array>;
}

/** Files that systems leave beside others, such as `.DS_Store` and `__MACOSX/._photo.jpg`. */
const isHidden = (path: string) => /(^|\/)(\.|__MACOSX\/)/.test(path);

/** By code units, as Python sorts: torchvision and Keras number classes so. */
const sorted = (paths: readonly string[]) => paths.filter((path) => !isHidden(path)).sort();

/** An error of reading that no other file will mend: ERR_PERMISSION, else undefined. */
export function refusal(cause: unknown, path: string): EspalierError | undefined {
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (!["EACCES", "EPERM", "NotCapable", "PermissionDenied"].includes(String(code ?? name))) return;
  const message = `Cannot read images as permission is required: "${path}" may not be read. ` +
    `Allow it (in Deno with --allow-read).`;
  return new EspalierError("ERR_PERMISSION", message, { cause });
}

/** A folder on a disk; links are followed. For Deno and Node. */
export async function diskFolder(directory: string): Promise<Folder> {
  const { readdir, readFile, stat } = await import("node:fs/promises");
  const { basename, join, resolve } = await import("node:path");
  async function below(folder: string): Promise<string[]> {
    const found: string[] = [];
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isSymbolicLink() ? await stat(join(directory, path)) : entry;
      if (kind.isDirectory()) { for (const file of await below(path)) found.push(file); }
      else if (kind.isFile()) found.push(path);
    }
    return found;
  }
  try {
    const paths = sorted(await below(""));
    const read = async (path: string) => new Uint8Array(await readFile(join(directory, path)));
    return { name: basename(resolve(directory)), paths, read };
  } catch (cause) {
    throw refusal(cause, directory) ?? new EspalierError(
      "ERR_DATA_INVALID",
      `Cannot read images as their folder must be there: ${(cause as Error).message}. Check ` +
        `\`directory\`.`,
      { cause },
    );
  }
}

/** Files that were chosen in a page, by `<input type="file" webkitdirectory>`. */
export function chosenFolder(files: Iterable<File>): Folder {
  const byPath = new Map<string, File>();
  let name = "files";
  for (const file of files) {
    const [first = "", ...rest] = (file.webkitRelativePath ?? "").split("/");
    if (rest.length > 0) name = first;
    byPath.set(rest.length > 0 ? rest.join("/") : file.name, file);
  }
  return {
    name,
    paths: sorted([...byPath.keys()]),
    read: async (path) => new Uint8Array(await byPath.get(path)!.arrayBuffer()),
  };
}
