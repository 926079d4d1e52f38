/**
 * Fetching wheels with pip, which knows the user's index, mirror and proxy.
 *
 * @module
 */
import { join } from "node:path";
import { diskFull, installError, isAboutFullDisk } from "./error.ts";
import type { OnProgress } from "./progress.ts";
import type { Wheel } from "./release.ts";

/** Ways to call pip, in the order in which they are tried. */
const COMMANDS = [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"]];

/** The first pip that understands `manylinux_2_27`. */
const OLDEST = [20, 3] as const;

/** One wheel for every Python: nothing of Python is run, only the library is taken out. */
const TARGET = [
  ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"],
  ...["2_27_x86_64", "2_25_x86_64", "2014_x86_64", "2010_x86_64"].flatMap((tag) => [
    "--platform",
    `manylinux${tag.includes("2_") ? "_" : ""}${tag}`,
  ]),
];

const POLL_MS = 250;

/** Variables that are added to this process's environment; PATH locates pip. */
type Environment = Readonly<Record<string, string>>;

interface Output {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: readonly string[],
  { env, signal }: { env: Environment; signal?: AbortSignal | undefined },
): Promise<Output | undefined> {
  signal?.throwIfAborted();
  try {
    const child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(signal ? { signal } : {}),
    });
    const { success, stdout, stderr } = await child.output();
    signal?.throwIfAborted();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function versionOf(
  command: readonly string[],
  env: Environment,
): Promise<string | undefined> {
  const output = await run([...command, "--version"], { env });
  return output?.success ? /^pip (\d+(\.\d+)*)/m.exec(output.stdout)?.[1] : undefined;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/**
 * Find a pip that is new enough.
 *
 * @param env Additional environment variables.
 * @returns The command line that calls it.
 * @throws {EspalierError} `ERR_INSTALL_PYTHON` without one.
 */
export async function findPip(env: Environment = {}): Promise<readonly string[]> {
  const tooOld: string[] = [];
  for (const command of COMMANDS) {
    const version = await versionOf(command, env);
    if (version === undefined) continue;
    if (isNewEnough(version)) return command;
    tooOld.push(`${command.join(" ")} is ${version}`);
  }
  const oldest = OLDEST.join(".");
  throw installError(
    "ERR_INSTALL_PYTHON",
    tooOld.length > 0
      ? `pip is too old: ${tooOld.join(", ")}, needed is ${oldest}\n` +
        "Run `python3 -m pip install --upgrade pip`."
      : `there is no pip: tried ${COMMANDS.map((command) => command.join(" ")).join(", ")}\n` +
        `Install Python 3 with pip ${oldest} or newer (on Debian: apt install python3-pip).`,
  );
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      bytes += isDirectory ? await bytesIn(path) : (await Deno.stat(path)).size;
    }
  } catch (error) {
    // pip moves and deletes files at the same time.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}

/** Await pip and poll its files, as not all of its versions report progress in a readable form. */
async function watching<R>(
  work: Promise<R>,
  poll: () => Promise<void>,
): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let polling: Promise<void> = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => polling = poll().then(next, () => {}), POLL_MS);
  };
  next();
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    await polling;
    clearTimeout(timer);
  }
}

function downloadError(wheel: Wheel, folder: string, output: Output): Error {
  const { stderr } = output;
  const said = stderr.trim().split("\n").slice(-4).join("\n");
  if (isAboutFullDisk(stderr)) return diskFull(`${folder}\n${said}`);
  return installError(
    "ERR_INSTALL_DOWNLOAD",
    `pip could not download ${wheel.name} ${wheel.version}:\n${said}\n` +
      "Check the network and pip's settings (PIP_INDEX_URL, PIP_PROXY), then run it again.",
  );
}

/** Options of {@linkcode download}. */
export interface DownloadOptions {
  /** The command line that calls pip. */
  readonly pip: readonly string[];
  /** An empty folder for this wheel. */
  readonly folder: string;
  /** Additional environment variables. */
  readonly env?: Environment | undefined;
  /** Takes progress. */
  readonly progress: OnProgress;
  /** Stops pip. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Download a wheel.
 *
 * @param wheel Which one.
 * @param options Where to.
 * @returns Path of the file, which is not checked yet.
 * @throws {EspalierError} `ERR_INSTALL_DOWNLOAD` or `ERR_INSTALL_DISK`.
 */
export async function download(wheel: Wheel, options: DownloadOptions): Promise<string> {
  const { pip, folder, env, progress, signal } = options;
  const temporary = join(folder, "tmp");
  await Deno.mkdir(temporary, { recursive: true });
  const words = [
    ...[...pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", ...TARGET],
    ...["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--dest", folder],
    `${wheel.name}==${wheel.version}`,
  ];
  const report = (done: number) => progress({ step: "download", done, total: wheel.bytes });
  const output = await watching(
    run(words, { env: { ...env, TMPDIR: temporary }, signal }),
    async () => report(Math.min(await bytesIn(folder), wheel.bytes)),
  );
  if (!output?.success) {
    throw downloadError(wheel, folder, output ?? { success: false, stdout: "", stderr: "" });
  }
  await Deno.remove(temporary, { recursive: true });
  report(wheel.bytes);
  return join(folder, wheel.file);
}
