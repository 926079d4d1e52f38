/**
 * Where the library is installed, and whether it is complete.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";

/** The library for the processor, or the one that also finds a CUDA GPU. */
export type Variant = "cpu" | "gpu";

/** Version of TensorFlow. */
export const VERSION = "2.21.0";

/** The library's files and their lengths, written last, after the library passed its self-test. */
const MARKER = "installed.json";

/** The state of a folder. */
export type FolderState =
  | { readonly state: "absent" }
  | { readonly state: "damaged"; readonly reason: string }
  | { readonly state: "installed" };

/** A file of the library: its path in the folder, and its length. */
export interface InstalledFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The folder of all native libraries.
 *
 * @param home The user's cache folder.
 * @returns A folder in it.
 */
export function cacheFolder(home = Deno.env.get("XDG_CACHE_HOME")): string {
  const base = home && isAbsolute(home) ? home : join(Deno.env.get("HOME") ?? ".", ".cache");
  return join(base, "espalier", "native");
}

/**
 * The folder of one library.
 *
 * @param variant Which one.
 * @param root The folder of all native libraries.
 * @returns Its folder, which may not exist.
 */
export function variantFolder(variant: Variant, root: string = cacheFolder()): string {
  return join(root, `${VERSION}-${variant}`);
}

/**
 * The folder in which TensorFlow's files are: beside `nvidia`, where the library looks for CUDA.
 *
 * @param folder Folder of the variant.
 * @returns A folder in it.
 */
export function libraryFolder(folder: string): string {
  return join(folder, "tensorflow");
}

/**
 * Mark a library as complete.
 *
 * @param folder Its folder.
 * @param files Its files.
 */
export async function mark(folder: string, files: readonly InstalledFile[]): Promise<void> {
  await Deno.writeTextFile(join(folder, MARKER), JSON.stringify({ version: VERSION, files }));
}

async function readMarker(folder: string): Promise<readonly InstalledFile[] | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(folder, MARKER))).files;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Look at a folder without loading anything, since loading a truncated library ends the process.
 *
 * @param folder Folder of a variant.
 * @returns Whether the library is there with all of its bytes.
 */
export async function inspect(folder: string): Promise<FolderState> {
  if (await lengthOf(folder) === undefined) return { state: "absent" };
  const files = await readMarker(folder);
  if (!Array.isArray(files)) return { state: "damaged", reason: `${MARKER} cannot be read` };
  for (const { path, bytes } of files) {
    const found = await lengthOf(join(folder, path));
    if (found === bytes) continue;
    const state = found === undefined ? "is missing" : `has ${found} of ${bytes} bytes`;
    return { state: "damaged", reason: `${path} ${state}` };
  }
  return { state: "installed" };
}

/** The variants, the one first that also finds a GPU. */
const VARIANTS: readonly Variant[] = ["gpu", "cpu"];

/** A library, or why there is none. */
type FoundLibrary =
  | { readonly folder: string; readonly reason?: never }
  | { readonly folder?: never; readonly reason: string };

/**
 * Find what was installed, without loading it.
 *
 * @returns Folder of TensorFlow's files, or a clause such as `"it is not installed"`.
 */
export function findLibrary(): Promise<FoundLibrary> {
  return findLibraryIn(cacheFolder());
}

/** As {@linkcode findLibrary}, in another folder of native libraries. */
export async function findLibraryIn(root: string): Promise<FoundLibrary> {
  let reason = "it is not installed";
  for (const variant of VARIANTS) {
    const folder = variantFolder(variant, root);
    const found = await inspect(folder);
    if (found.state === "installed") return { folder: libraryFolder(folder) };
    if (found.state === "damaged") reason = `its library is damaged: ${found.reason}`;
  }
  return { reason };
}
