/**
 * Installing the library of the native engine.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256 } from "./digest.ts";
import { diskFull, installError, toInstallError } from "./error.ts";
import {
  type FolderState,
  inspect,
  type InstalledFile,
  libraryFolder,
  mark,
  type UnpackedFile,
  type Variant,
  variantFolder,
} from "./folder.ts";
import { withLock } from "./lock.ts";
import { download, findPip } from "./pip.ts";
import { thisMachine, unsupported } from "./platform.ts";
import { type InstallProgress, type OnProgress, throttled } from "./progress.ts";
import { type Prove, prove } from "./prove.ts";
import { PICKED, type Release, RELEASES, type Wheel } from "./release.ts";
import { damaged, unpack } from "./wheel.ts";

/** Options of {@linkcode installNative}. */
export interface InstallOptions {
  /**
   * Install the build that computes on a CUDA GPU, with the CUDA libraries.
   *
   * @default {false}
   */
  readonly gpu?: boolean;
  /** Takes progress. */
  readonly progress?: (progress: InstallProgress) => void;
  /** Stops the installation; what was written is removed. */
  readonly signal?: AbortSignal;
}

/** What to install, and how. */
export interface Plan {
  /** Where the library will be. */
  readonly folder: string;
  /** The wheels. */
  readonly release: Release;
  /** The self-test. */
  readonly prove: Prove;
  /** Takes progress. */
  readonly progress: OnProgress;
  /** Additional environment variables of pip. */
  readonly env?: Readonly<Record<string, string>>;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Install the library of the native engine: TensorFlow, taken out of its Python wheel.
 *
 * pip fetches the wheel. It is checked against a digest, unpacked beside its final place, tested in
 * a process of its own, and moved into place by one rename. A second call compares the digests of what
 * is there, and installs it anew if one differs; the next call removes what an interrupted one left.
 *
 * @example Install, or find what is installed
 * ```ts ignore
 * import { installNative } from "@espalier/engines/native";
 *
 * const folder = await installNative({ progress: ({ step, done }) => console.log(step, done) });
 * ```
 *
 * @param options Variant, progress, signal.
 * @returns Folder of the library, in the user's cache.
 * @throws {EspalierError} `ERR_INSTALL_PLATFORM`: wrong system or processor. `ERR_INSTALL_PYTHON`:
 * no pip, or too old. `ERR_INSTALL_DOWNLOAD`: pip got no wheel. `ERR_INSTALL_DAMAGED`: the wheel
 * is not the expected one, or the library does not load. `ERR_INSTALL_DISK`: disk full, or a
 * folder that may not be written. `ERR_ENGINE_SELF_TEST`: wrong gradients. `ERR_PERMISSION`: Deno
 * may not run, read or write. `ERR_ABORTED`: the signal.
 */
export async function installNative(options: InstallOptions = {}): Promise<string> {
  if (!("Deno" in globalThis)) {
    throw installError(
      "ERR_INSTALL_PLATFORM",
      "this is not Deno. Elsewhere the engine uses @tensorflow/tfjs-node-gpu: " +
        "run `npm install @tensorflow/tfjs-node-gpu`.",
    );
  }
  const variant: Variant = options.gpu ? "gpu" : "cpu";
  try {
    const folder = variantFolder(variant);
    const { signal } = options;
    const progress = throttled(options.progress ?? (() => {}));
    return await install({ folder, release: RELEASES[variant], prove, progress, signal });
  } catch (error) {
    throw toInstallError(error, "the cache folder");
  }
}

/**
 * Compare what is installed with the digests that were kept, and change nothing.
 *
 * @param options Variant, progress.
 * @returns Whether it is whole, or why not; and its folder.
 */
export async function verifyNative(
  options: Omit<InstallOptions, "signal"> = {},
): Promise<FolderState & { readonly folder: string }> {
  const folder = variantFolder(options.gpu ? "gpu" : "cpu");
  return { folder, ...await verify(folder, throttled(options.progress ?? (() => {}))) };
}

function verify(folder: string, progress: OnProgress): Promise<FolderState> {
  return inspect(
    folder,
    (path) => sha256(path, (done) => progress({ step: "check", done, total: 0 })),
  );
}

/**
 * Install by a plan.
 *
 * @param plan The plan.
 * @returns Its folder.
 */
export async function install(plan: Plan): Promise<string> {
  const { folder, progress, signal } = plan;
  const parent = dirname(folder);
  try {
    if ((await verify(folder, progress)).state === "installed") return folder;
    const reason = unsupported(await thisMachine());
    if (reason) throw installError("ERR_INSTALL_PLATFORM", `${reason}. Use the wasm engine.`);
    await Deno.mkdir(parent, { recursive: true });
    const onWait = () => progress({ step: "wait", done: 0, total: 0 });
    await withLock(`${folder}.lock`, () => installAlone(plan), { onWait, signal });
    return folder;
  } catch (error) {
    throw toInstallError(error, parent);
  }
}

/**
 * Install with the lock held, so that any other files there were left by an installer that died.
 */
async function installAlone(plan: Plan): Promise<void> {
  const { folder, progress, signal } = plan;
  await sweep(folder);
  const { state } = await verify(folder, progress);
  if (state === "installed") return;
  const fresh = `${folder}.new-${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(fresh);
    await fill(fresh, plan);
    signal?.throwIfAborted();
    if (state === "damaged") await Deno.rename(folder, `${fresh}-old`);
    await Deno.rename(fresh, folder);
  } finally {
    // What is left now the next call sweeps; a first reason stays the reason.
    await sweep(folder).catch(() => {});
  }
}

async function sweep(folder: string): Promise<void> {
  const parent = dirname(folder);
  for await (const { name } of Deno.readDir(parent)) {
    if (!name.startsWith(`${basename(folder)}.new-`)) continue;
    await Deno.remove(join(parent, name), { recursive: true });
  }
}

async function fill(fresh: string, plan: Plan): Promise<void> {
  await checkSpace(fresh, plan.release.diskBytes);
  const pip = await findPip(plan.env);
  const files: UnpackedFile[] = [];
  for (const wheel of plan.release.wheels) {
    files.push(...await fetchWheel(wheel, { fresh, pip, plan }));
  }
  plan.progress({ step: "prove", done: 0, total: 0 });
  await plan.prove(libraryFolder(fresh), plan.signal);
  await mark(fresh, await withDigests(fresh, files));
}

function withDigests(
  folder: string,
  files: readonly UnpackedFile[],
): Promise<InstalledFile[]> {
  return Promise.all(files.map(async (file) => ({
    ...file,
    sha256: await sha256(join(folder, file.path), () => {}),
  })));
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  const [free, wanted] = [bavail * bsize, needed].map((bytes) => (bytes / 1e9).toFixed(1));
  throw diskFull(`${folder} has ${free} GB free of the ${wanted} GB needed`);
}

async function fetchWheel(
  wheel: Wheel,
  { fresh, pip, plan }: { fresh: string; pip: readonly string[]; plan: Plan },
): Promise<UnpackedFile[]> {
  const { env, progress, signal } = plan;
  const folder = join(fresh, "wheel");
  const path = await download(wheel, { pip, folder, env, progress, signal });
  await check(path, { wheel, progress });
  const files = await unpack(path, fresh, {
    pick: PICKED,
    onBytes: (done, total) => progress({ step: "unpack", done, total }),
    signal,
  });
  await Deno.remove(folder, { recursive: true });
  return files;
}

async function check(
  path: string,
  { wheel, progress }: { wheel: Wheel; progress: OnProgress },
): Promise<void> {
  try {
    const found = await sha256(path, (done) => {
      progress({ step: "check", done, total: wheel.bytes });
    });
    if (found !== wheel.sha256) throw damaged(path, `has the digest ${found}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw damaged(path, "was not downloaded");
    throw error;
  }
}
