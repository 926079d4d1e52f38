import { checkOptions, EspalierError, pathSchema } from "@espalier/core";
import { artifactFiles, fileError, files, prepareFolder } from "@espalier/core/run";
import { join } from "node:path";
import {
  eventsOf,
  holdRun,
  keysOf,
  NAMES,
  statOf,
  type StoredFile,
  storedUnder,
} from "./folder.ts";

export type { StoredFile };

/** Folders of runs in a folder, itself included. */
async function runsIn(directory: string): Promise<string[]> {
  const fs = await files();
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter(({ name }) => name === NAMES.run).map(({ parentPath }) => parentPath);
}

async function storeIn(directory: string): Promise<string> {
  checkOptions(pathSchema, { path: directory }, { subject: "unreferenced()" });
  const store = join(directory, NAMES.artifacts);
  if (await statOf(store) !== undefined) return store;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot look for what no run needs in "${directory}" as a store must lie in it: there is no ` +
      `"${store}". Name the folder that holds the runs and their ${NAMES.artifacts}.`,
  );
}

/** Names of files that a run needs: what is finished, and unfinished work towards what is not. */
async function neededBy(run: string, store: string): Promise<string[]> {
  const keys = await keysOf(run, await eventsOf(run));
  const needed = [...keys.values()].map(async (key) => {
    const { artifact, checkpoints } = artifactFiles(key);
    const isDone = (await storedUnder(store, key)).artifact.length > 0;
    return isDone ? [artifact] : checkpoints;
  });
  return (await Promise.all(needed)).flat();
}

/**
 * Artifacts and unfinished work in a store that no run refers to. The runs are those below the folder;
 * a run elsewhere that was given this store is not seen.
 *
 * @param directory The folder that holds the runs and their `artifacts`.
 * @returns The files, by name.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a folder without a store; ERR_JOURNAL_CORRUPT for a
 * run that cannot say what it needs; an error of files.
 */
export async function unreferenced(directory: string): Promise<StoredFile[]> {
  const store = await storeIn(directory);
  const needed = new Set<string>();
  for (const run of await runsIn(directory)) {
    for (const name of await neededBy(run, store)) needed.add(name);
  }
  const names = await (await files()).readdir(store);
  const rest = names.filter((name) => name.endsWith(".artifact") && !needed.has(name)).sort();
  const found = await Promise.all(rest.map(async (name) => {
    const path = join(store, name);
    const stat = await statOf(path);
    return stat === undefined ? [] : [{ path, bytes: stat.size }];
  }));
  return found.flat();
}

/**
 * Remove what {@linkcode unreferenced} finds, and what dead processes left behind in the store.
 *
 * @param directory The folder that holds the runs and their `artifacts`.
 * @returns The files that were removed.
 * @throws {EspalierError} As {@linkcode unreferenced}; ERR_RUN_BUSY while one of the runs goes on, for
 * it may be about to use what an earlier one made.
 */
export async function removeUnreferenced(directory: string): Promise<StoredFile[]> {
  const store = await storeIn(directory);
  using held = new DisposableStack();
  for (const run of await runsIn(directory)) held.use(await holdRun(run));
  const found = await unreferenced(directory);
  const fs = await files();
  for (const { path } of found) {
    await fs.unlink(path).catch((error) => {
      throw fileError(error, "remove", path);
    });
  }
  await prepareFolder(store);
  return found;
}
