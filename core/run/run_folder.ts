import { EspalierError } from "../errors.ts";
import { fileError, files, ifThere } from "../files/files.ts";
import { prepareFolder, writeWhole } from "../files/folder.ts";
import { canonicalJson } from "../json.ts";
import { tryLock } from "../files/lock.ts";
import { type FileLock, ownerText, thisOwner } from "../files/lock_owner.ts";
import type { DonePhase } from "../pipeline/execute.ts";
import { identity, type KeySource } from "../pipeline/key.ts";
import type { AnyPhase } from "../pipeline/phase.ts";
import { sha256 } from "../sha256.ts";
import { isTypedArray } from "../store/encode.ts";
import { VERSION } from "../version.ts";
import { waitFor } from "../files/wait.ts";
import { type FileJournal, openJournal } from "./journal.ts";

/** What identifies a run, readable by people. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

/** What `run.json` holds. */
interface RunFile {
  /** SHA-256 of the configuration. */
  readonly hash: string;
  /** The configuration. */
  readonly configuration: RunConfiguration;
}

/** Describe a run. The blueprint appears by name and digest. */
export async function configurationOf(
  source: KeySource,
  phases: readonly AnyPhase[],
): Promise<RunConfiguration> {
  const { blueprint, dataset, budget, plugins, seed, engine } = source;
  return {
    core: VERSION,
    network: { name: blueprint.name, sha256: await sha256(canonicalJson(blueprint)) },
    data: { name: dataset.name, fingerprint: dataset.fingerprint },
    budget,
    plugins: plugins.map((plugin) => identity(plugin)),
    phases: phases.map((phase) => identity(phase)),
    seed,
    engine,
  };
}

/** SHA-256 of a configuration. */
export const digestOf = (configuration: RunConfiguration): Promise<string> =>
  sha256(canonicalJson(configuration));

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Where two configurations differ, as in `seed (1 there, 2 here)`. */
function differences(there: RunConfiguration, here: RunConfiguration): string {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])]
    .filter((key) => canonicalJson(there[key] ?? null) !== canonicalJson(here[key] ?? null))
    .map((key) => `${key} (${show(there[key])} there, ${show(here[key])} here)`)
    .join(", ");
}

function otherRun(directory: string, state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_RUN_OTHER",
    `Cannot run in "${directory}" as it holds another run: ${state}. ` +
      `Nothing was changed; choose another folder, or delete this one.`,
    { cause },
  );
}

/**
 * The hash in a folder's run.json, if there is one; what counts is the configuration beside it.
 *
 * @throws {EspalierError} ERR_RUN_OTHER if that is another.
 */
async function hashThere(
  directory: string,
  configuration: RunConfiguration,
): Promise<unknown> {
  const fs = await files();
  const text = await ifThere(`${directory}/run.json`, (path) => fs.readFile(path, "utf8"));
  if (text === undefined) return undefined;
  let there: Partial<RunFile>;
  try {
    there = Object(JSON.parse(text));
  } catch (error) {
    throw otherRun(directory, "its run.json cannot be read", error);
  }
  if (canonicalJson(there.configuration) === canonicalJson(configuration)) return there.hash ?? "";
  throw otherRun(directory, differences(Object(there.configuration), configuration));
}

/** Claim a folder for a run: a new one, or one that holds the same run. */
async function claim(directory: string, configuration: RunConfiguration): Promise<void> {
  const file: RunFile = { hash: await digestOf(configuration), configuration };
  const hash = await hashThere(directory, configuration);
  if (hash === file.hash) return;
  // Where locks do not work, the first one to give the file its name has the folder.
  const replace = hash !== undefined;
  await writeWhole(`${directory}/run.json`, `${JSON.stringify(file, null, 2)}\n`, { replace });
  await hashThere(directory, configuration);
}

/** Take the folder's lock; without `onWait`, a folder that another run has is refused. */
async function lockFolder(
  directory: string,
  { signal, onWait }: FolderOptions,
): Promise<FileLock> {
  const path = `${directory}/run.lock`;
  const attempt = async () => {
    const lock = await tryLock(path);
    if (lock === undefined && onWait === undefined) throw busy(directory, await ownerText(path));
    return lock;
  };
  try {
    const tell = async () => onWait?.(await ownerText(path));
    const lock = await waitFor(attempt, { signal, onWait: tell });
    await lock.write(new TextEncoder().encode(JSON.stringify(await thisOwner())));
    return lock;
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(error, "lock", path);
  }
}

function busy(directory: string, owner: string): EspalierError {
  return new EspalierError(
    "ERR_RUN_BUSY",
    `Cannot run in "${directory}" as one run at a time may have a folder: ${owner} has it. ` +
      `Run with wait: true, end that one, or choose another folder.`,
  );
}

/** How a run takes its folder. */
export interface FolderOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called once with who has the folder, if another run has; absent: that is refused. */
  readonly onWait?: (owner: string) => void;
}

/**
 * Check, lock and claim the folder of a run, and open its journal, before any work. Closing the
 * journal unlocks the folder.
 *
 * @throws {EspalierError} ERR_RUN_BUSY, ERR_RUN_OTHER; ERR_PERMISSION, ERR_PATH_INVALID,
 * ERR_DISK_FULL or ERR_FILE_FAILED.
 */
export async function openRunFolder(
  directory: string,
  configuration: RunConfiguration,
  options: FolderOptions,
): Promise<FileJournal> {
  await prepareFolder(directory);
  await hashThere(directory, configuration); // Nobody waits for another run's folder.
  const lock = await lockFolder(directory, options);
  try {
    await claim(directory, configuration);
    const journal = await openJournal(directory);
    const close = (): void => {
      journal.close();
      lock.release();
    };
    return { ...journal, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function holdsArrays(value: unknown): boolean {
  if (isTypedArray(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsArrays);
}

/** Write what the phases made; weights appear as the key of their artifact. */
export async function writeResult(
  directory: string,
  { runId, phases }: { readonly runId: string; readonly phases: readonly DonePhase[] },
): Promise<void> {
  const result = Object.fromEntries(
    phases.flatMap(({ key, made }) =>
      Object.entries(made).map((
        [name, value],
      ) => [name, holdsArrays(value) ? { artifact: key } : value])
    ),
  );
  const keys = phases.map(({ name, key, cached }) => ({ name, key, cached }));
  const text = JSON.stringify({ runId, phases: keys, result }, null, 2);
  await writeWhole(`${directory}/result.json`, `${text}\n`);
}
