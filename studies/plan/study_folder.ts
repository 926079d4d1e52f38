import {
  type ArtifactStore,
  EspalierError,
  folderStore,
  memoryStore,
  readJournal,
} from "@espalier/core";
import { artifactFiles, files, ifThere, prepareFolder, writeWhole } from "@espalier/core/run";
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

/** A study's place; without a store of one's own, its folder's or memory. */
export const placeOf = (directory: string | undefined, store?: ArtifactStore): StudyPlace => ({
  directory,
  store: store ??
    (directory === undefined ? memoryStore() : folderStore(join(directory, ARTIFACTS))),
});

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

const resultFile = (directory: string, folder: string): string =>
  join(directory, folder, "result.json");

/** The text of a run's `result.json`; undefined where it is missing. */
export async function readLeft(directory: string, folder: string): Promise<string | undefined> {
  const fs = await files();
  const path = resultFile(directory, folder);
  return await ifThere(path, () => fs.readFile(path, "utf8"));
}

/** Keep the text of a run's `result.json` that another machine has written. */
export async function writeLeft(directory: string, folder: string, text: string): Promise<void> {
  await prepareFolder(join(directory, folder));
  await writeWhole(resultFile(directory, folder), text);
}

async function leftBy(directory: string, folder: string): Promise<Left | undefined> {
  const text = await readLeft(directory, folder);
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

/**
 * What the phases of a run made that another process has just ended.
 *
 * @throws {EspalierError} ERR_STUDY_WORKER if it is not there.
 */
export async function resultMade(
  directory: string,
  { folder }: Pick<PlannedCellRun, "folder">,
): Promise<object> {
  const left = await leftBy(directory, folder);
  if (left !== undefined) return left.result;
  throw new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot go on with a study as a worker ended run "${folder}" and its result.json is not in ` +
      `"${directory}". Give both the same folder, and start again.`,
  );
}
