import { type CoreEvent, EspalierError, type JournalEvent, readJournal } from "@espalier/core";
import { artifactFiles, fileError, files, ifThere, ownerText, tryLock } from "@espalier/core/run";
import type { Stats } from "node:fs";
import { join } from "node:path";

/** Where the store of a run lies. */
export interface StoreOptions {
  /**
   * Folder of the store that the run was given.
   *
   * @default `artifacts` in the run's folder, or else beside it
   */
  readonly store?: string | undefined;
}

/** What files are called here. */
export const NAMES = { run: "run.json", lock: "run.lock", artifacts: "artifacts" } as const;

/** Size and time of a file or folder; undefined if it is missing. */
export async function statOf(path: string): Promise<Stats | undefined> {
  const fs = await files();
  return await ifThere(path, (there) => fs.stat(there));
}

/** The folder of a run's store, whether it is there or not. */
export async function storeOf(directory: string, { store }: StoreOptions): Promise<string> {
  if (store !== undefined) return store;
  const inside = join(directory, NAMES.artifacts);
  return await statOf(inside) === undefined ? join(directory, "..", NAMES.artifacts) : inside;
}

/**
 * Refuse a folder without a run.
 *
 * @throws {EspalierError} ERR_CONFIG_INVALID.
 */
export async function checkRun(directory: string): Promise<void> {
  if (await statOf(join(directory, NAMES.run)) !== undefined) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot read "${directory}" as it must be the folder of a run: it has no ${NAMES.run}. ` +
      `Name the folder that a run was given.`,
  );
}

/** A run that nobody has is held until this is disposed. */
export async function holdRun(directory: string): Promise<Disposable> {
  const path = join(directory, NAMES.lock);
  const lock = await tryLock(path).catch((error) => {
    throw fileError(error, "lock", path);
  });
  if (lock !== undefined) return { [Symbol.dispose]: lock.release };
  throw new EspalierError(
    "ERR_RUN_BUSY",
    `Cannot touch "${directory}" as no run may have it: ${await ownerText(path)} has it. ` +
      `Stop that one, or wait for its end.`,
  );
}

/** Who has a run, in words; undefined if nobody has. */
export async function ownerOf(directory: string): Promise<string | undefined> {
  const path = join(directory, NAMES.lock);
  if (await statOf(path) === undefined) return undefined;
  const lock = await tryLock(path).catch((error) => {
    throw fileError(error, "lock", path);
  });
  if (lock === undefined) return await ownerText(path);
  lock.release();
  return undefined;
}

/** The events of a run, oldest first; none if it died before the first. */
export async function eventsOf(directory: string): Promise<JournalEvent[]> {
  if (await statOf(join(directory, "journal.jsonl")) === undefined) return [];
  return await readJournal(directory);
}

/** The content key of each phase, by the journal, and by `result.json` where that knows more. */
export async function keysOf(
  directory: string,
  events: readonly JournalEvent[],
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  const path = join(directory, "result.json");
  if (await statOf(path) !== undefined) {
    const text = await (await files()).readFile(path, "utf8");
    for (const { name, key } of JSON.parse(text).phases) keys.set(name, key);
  }
  for (const event of events as readonly CoreEvent[]) {
    if (event.type !== "phase:start" || event.key === undefined) continue;
    keys.set(event.phase, event.key);
  }
  return keys;
}

/** A file of a store. */
export interface StoredFile {
  /** Its path. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
}

/** What a store has under a key. */
export interface Stored {
  /** What a phase made; empty until it is done. */
  readonly artifact: readonly StoredFile[];
  /** Unfinished work towards it. */
  readonly checkpoints: readonly StoredFile[];
}

/** What a store has under a key, and the unfinished work towards it. */
export async function storedUnder(store: string, key: string): Promise<Stored> {
  const { artifact, checkpoints } = artifactFiles(key);
  const sizes = async (names: readonly string[]): Promise<StoredFile[]> => {
    const found = await Promise.all(names.map(async (name) => {
      const path = join(store, name);
      const stat = await statOf(path);
      return stat === undefined ? [] : [{ path, bytes: stat.size }];
    }));
    return found.flat();
  };
  return { artifact: await sizes([artifact]), checkpoints: await sizes(checkpoints) };
}
