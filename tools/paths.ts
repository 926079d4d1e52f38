/**
 * The files of the repository.
 *
 * @module
 */
import { dirname } from "node:path";
import { join } from "node:path/posix";

/** Folder of the site. */
export const OUTPUT = "site";

/** Files and folders below a folder, but for those that are hidden or made. */
export async function* pathsIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === OUTPUT || name === "node_modules") continue;
    const path = join(folder, name);
    yield path;
    if (isDirectory) yield* pathsIn(path);
  }
}

/** Write a file, and the folders above it. */
export async function writeText(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
