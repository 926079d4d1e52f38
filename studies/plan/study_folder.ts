import {
  type ArtifactStore,
  EspalierError,
  folderStore,
  memoryStore,
  readJournal,
} from "@espalier/core";
import { artifactFiles, fileError, files, isMissing } from "@espalier/core/run";
import { join } from "node:path";
import { Measures } from "../run/measures.ts";
import type { PlannedCellRun } from "./planned_runs.ts";

/** Where a study lies: runs in folders of their own, beside the folder `artifacts` of all. */
export interface StudyPlace {
  /** Folder of the study; absent: everything stays in memory. */
  readonly directory?: string | undefined;
  /** Holds what phases made. */
  readonly store: ArtifactStore;
}

const ARTIFACTS = "artifacts";

/** A study's place. */
export const placeOf = (directory: string | undefined): StudyPlace =>
  directory === undefined
    ? { store: memoryStore() }
    : { directory, store: folderStore(join(directory, ARTIFACTS)) };

/** What reading gives; undefined if the file is missing. */
async function ifThere<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, "read", path);
  }
}

/** What the journals of all runs in a study's folder measured. */
export async function measuresIn(directory: string): Promise<Measures> {
  const fs = await files();
  const measures = new Measures();
  const entries = await ifThere(directory, () => fs.readdir(directory, { withFileTypes: true }));
  for (const { name } of (entries ?? []).filter((entry) => entry.isDirectory())) {
    const path = join(directory, name, "journal.jsonl");
    if (await ifThere(path, () => fs.stat(path)) === undefined) continue;
    for (const event of await readJournal(join(directory, name))) measures.add(name, event);
  }
  return measures;
}

/** Size of an artifact in bytes; undefined if it is not there. */
export async function bytesOf(directory: string, key: string): Promise<number | undefined> {
  const fs = await files();
  const path = join(directory, ARTIFACTS, artifactFiles(key).artifact);
  return (await ifThere(path, () => fs.stat(path)))?.size;
}

/** What a run left in its `result.json`, as far as a study reads it. */
interface Left {
  readonly phases: readonly { readonly key: string }[];
  readonly result: object;
}

async function leftBy(directory: string, folder: string): Promise<Left | undefined> {
  const fs = await files();
  const path = join(directory, folder, "result.json");
  const text = await ifThere(path, () => fs.readFile(path, "utf8"));
  return text === undefined ? undefined : JSON.parse(text);
}

/** What the phases of a run made, if it is over; undefined where it is to be done. */
export async function resultOf(
  directory: string,
  { folder, phases }: Pick<PlannedCellRun, "folder" | "phases">,
): Promise<object | undefined> {
  const left = await leftBy(directory, folder);
  // What follows a phase without a version is computed anew.
  const isSame = phases.every(({ key }, i) => key !== undefined && left?.phases[i]?.key === key);
  return isSame ? left?.result : undefined;
}

/** How often a result is looked for, and how long between, in milliseconds. */
const LOOKS = { times: 50, pauseMs: 200 };

/**
 * What the phases of a run made that another process has just ended. A disk that machines share may show
 * it late.
 *
 * @throws {EspalierError} ERR_STUDY_WORKER if it does not come.
 */
export async function resultMade(
  directory: string,
  { folder }: Pick<PlannedCellRun, "folder">,
): Promise<object> {
  for (let look = 0; look < LOOKS.times; look++) {
    const left = await leftBy(directory, folder);
    if (left !== undefined) return left.result;
    await new Promise((resolve) => setTimeout(resolve, LOOKS.pauseMs));
  }
  throw new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot go on with a study as all of its workers must share "${directory}": one ended run ` +
      `"${folder}", and its result.json is not there. Give each of them that folder.`,
  );
}
