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

/** The library's files, their lengths and digests, written last, after the library passed its self-test. */
const MARKER = "installed.json";

/** The state of a folder. */
export type FolderState =
  | { readonly state: "absent" }
  | { readonly state: "damaged"; readonly reason: string }
  | { readonly state: "installed" };

/** A file out of a wheel. */
export interface UnpackedFile {
  /** Its path in the folder. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
}

/** A file of the library. */
export interface InstalledFile extends UnpackedFile {
  /** Its digest. */
  readonly sha256: string;
}

/** Digest of a file. */
export type Digest = (path: string) => Promise<string>;

/**
 * The folder of all native libraries.
 *
 * @param home The user's cache folder.
 * @returns A folder in it.
 */
export function cacheFolder(home: string | undefined = Deno.env.get("XDG_CACHE_HOME")): string {
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

const isFile = (file: Partial<InstalledFile> | null): file is InstalledFile =>
  typeof file?.path === "string" && typeof file.bytes === "number";

async function readMarker(folder: string): Promise<readonly InstalledFile[] | undefined> {
  try {
    const { files } = Object(JSON.parse(await Deno.readTextFile(join(folder, MARKER))));
    return Array.isArray(files) && files.length > 0 && files.every(isFile) ? files : undefined;
  } catch (error) {
    if (isForbidden(error)) throw error;
    return undefined;
  }
}

const isForbidden = (error: unknown): boolean =>
  error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (isForbidden(error)) throw error;
    return undefined;
  }
}

/**
 * Look at a folder without loading anything, since loading a truncated library ends the process.
 *
 * @param folder Folder of a variant.
 * @param digest What computes digests; without it only lengths are compared, which takes no time.
 * @returns Whether the library is there with all of its bytes.
 */
export async function inspect(folder: string, digest?: Digest): Promise<FolderState> {
  if (await lengthOf(folder) === undefined) return { state: "absent" };
  const files = await readMarker(folder);
  if (files === undefined) return { state: "damaged", reason: `${MARKER} cannot be read` };
  for (const { path, bytes, sha256 } of files) {
    const found = await lengthOf(join(folder, path));
    if (found !== bytes) {
      const state = found === undefined ? "is missing" : `has ${found} of ${bytes} bytes`;
      return { state: "damaged", reason: `${path} ${state}` };
    }
    if (digest !== undefined && await digest(join(folder, path)) !== sha256) {
      return { state: "damaged", reason: `the digest of ${path} is not that in ${MARKER}` };
    }
  }
  return { state: "installed" };
}

/** The variants, the one first that also finds a GPU. */
const VARIANTS: readonly Variant[] = ["gpu", "cpu"];

/** A library, or why there is none and what helps. */
type FoundLibrary =
  | { readonly folder: string; readonly reason?: never }
  | { readonly folder?: never; readonly reason: string; readonly remedy: string };

/** The command that installs the library of a folder, or repairs it. */
export function installCommand(folder: string): string {
  return `\`deno task native${folder.includes(`${VERSION}-gpu`) ? " --gpu" : ""}\``;
}

/**
 * Find what was installed, without loading it.
 *
 * @returns Folder of TensorFlow's files, or a clause such as `"it is not installed"` and a remedy.
 */
export function findLibrary(): Promise<FoundLibrary> {
  return findLibraryIn(cacheFolder());
}

/** As {@linkcode findLibrary}, in another folder of native libraries. */
export async function findLibraryIn(root: string): Promise<FoundLibrary> {
  let reason = "it is not installed", remedy = `${installCommand("")} installs it`;
  for (const variant of VARIANTS) {
    const folder = variantFolder(variant, root);
    const found = await inspect(folder);
    if (found.state === "installed") return { folder: libraryFolder(folder) };
    if (found.state !== "damaged") continue;
    reason = `its library is damaged: ${found.reason}`;
    remedy = `${installCommand(folder)} repairs it`;
  }
  return { reason, remedy };
}
